import Incidents
import Scheduler

/// What the services that share a schedule have told: one tells what another one's drill began, and
/// that it is over.
struct SharedAlertMemory: AlertMemory {
    let notes: any SharedNotes

    func change(_ body: (String?) throws -> String?) throws {
        try notes.changeNote("alerts", body)
    }
}

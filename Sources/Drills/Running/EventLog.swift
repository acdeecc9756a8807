import Playbooks
import Records
import Synchronization

/// Everything that was noted so far, in memory and on its way to disk and to who watches.
final class EventLog: Sendable {
    private struct State {
        var events: [Event] = []
        var samples: [ProbeSample] = []
        var hostLoad: [HostLoad] = []
    }

    private let state = Mutex(State())
    private let writer: EvidenceWriter
    private let observer: any DrillObserver
    private let secrets: Secrets

    init(writer: EvidenceWriter, observer: any DrillObserver, secrets: Secrets = Secrets()) {
        self.writer = writer
        self.observer = observer
        self.secrets = secrets
    }

    func record(_ event: Event) {
        var event = event
        event.subject = secrets.redact(event.subject)
        event.message = secrets.redact(event.message)
        state.withLock { $0.events.append(event) }
        writer.record(event)
        observer.drillRecorded(event)
    }

    func record(_ load: HostLoad) {
        state.withLock { $0.hostLoad.append(load) }
        writer.record(load)
    }

    func record(_ sample: ProbeSample) {
        var sample = sample
        sample.probe = secrets.redact(sample.probe)
        sample.answer = secrets.redact(sample.answer)
        state.withLock { $0.samples.append(sample) }
        writer.record(sample)
    }

    var events: [Event] { state.withLock(\.events) }
    var samples: [ProbeSample] { state.withLock(\.samples) }
    var hostLoad: [HostLoad] { state.withLock(\.hostLoad) }

    /// The samples that were taken at or after `time`.
    func samples(since time: DrillTime) -> [ProbeSample] {
        state.withLock { state in
            // Samples arrive almost in order of their end: a bounded look back is enough.
            var recent: [ProbeSample] = []
            for sample in state.samples.reversed() {
                if sample.ended < time { break }
                recent.append(sample)
            }
            return recent.reversed()
        }
    }
}

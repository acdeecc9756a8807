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

    init(writer: EvidenceWriter, observer: any DrillObserver) {
        self.writer = writer
        self.observer = observer
    }

    func record(_ event: Event) {
        state.withLock { $0.events.append(event) }
        writer.record(event)
        observer.drillRecorded(event)
    }

    func record(_ load: HostLoad) {
        state.withLock { $0.hostLoad.append(load) }
        writer.record(load)
    }

    func record(_ sample: ProbeSample) {
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

import Kernel
import Synchronization

@testable import Faults

/// A netem without a kernel: holds packets until it is asked often enough.
final class FakeNetem: NetemControl {
    struct State {
        var prior = [
            Qdisc(interface: 1, handle: 0, parent: Qdisc.root, kind: "noqueue", options: [])
        ]
        var isIn = false
        var queued: UInt32 = 0
        /// How many packets leave between two questions.
        var leaving: UInt32 = 1
        var drops: UInt32 = 0
        var reading = NetemReading()
        var installFailure: KernelError?
    }

    let handle: UInt32 = 0x4004_0000
    let state = Mutex(State())
    let journal: Journal

    init(_ journal: Journal, _ change: (inout State) -> Void = { _ in }) {
        self.journal = journal
        state.withLock { change(&$0) }
    }

    func snapshot() -> [Qdisc] { qdiscs() }

    func qdiscs() -> [Qdisc] {
        state.withLock { state in
            state.isIn
                ? [
                    Qdisc(
                        interface: 1, handle: handle, parent: Qdisc.root, kind: "prio", options: [])
                ]
                : state.prior
        }
    }

    func install() throws(KernelError) {
        journal.add("install")
        if let failure = state.withLock(\.installFailure) { throw failure }
        state.withLock { $0.isIn = true }
    }

    func readBack() -> NetemReading { state.withLock(\.reading) }

    func statistics() -> QdiscStatistics? {
        state.withLock { state in
            guard state.isIn else { return nil }
            defer { state.queued -= min(state.queued, state.leaving) }
            return QdiscStatistics(packets: 50, drops: state.drops, queued: state.queued)
        }
    }

    func unsteer() { journal.add("unsteer") }

    func remove() {
        journal.add("remove")
        state.withLock { $0.isIn = false }
    }
}

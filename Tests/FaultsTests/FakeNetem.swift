import Kernel
import Synchronization
import Undo

@testable import Faults

/// A netem without a kernel: holds packets until it is asked often enough.
final class FakeNetem: QueueingControl {
    struct State {
        var prior = QueueingTree(qdiscs: [
            TrafficControlObject(handle: 0, parent: Qdisc.root, info: 0, attributes: [])
        ])
        var isIn = false
        var queued: UInt32 = 0
        /// Packets beside the aim that wait, and how many leave between two questions.
        var others: UInt32 = 0
        var othersLeaving: UInt32 = 1
        /// How many packets leave between two questions.
        var leaving: UInt32 = 1
        var drops: UInt32 = 0
        /// How many packets it loses, as asked, from one question to the end of its steering.
        var dropsUntilSubsided: UInt32 = 0
        var reading = QueueingReading()
        var installFailure: KernelError?
        var restoration = RootReplacement.Restoration.same
    }

    let handle: UInt32 = 0x4004_0000
    let state = Mutex(State())
    let journal: Journal

    init(_ journal: Journal, _ change: (inout State) -> Void = { _ in }) {
        self.journal = journal
        state.withLock { change(&$0) }
    }

    func snapshot() -> QueueingTree { tree() }

    func tree() -> QueueingTree {
        let ours = TrafficControlObject(
            handle: handle, parent: Qdisc.root, info: 0, attributes: [])
        return state.withLock { $0.isIn ? QueueingTree(qdiscs: [ours]) : $0.prior }
    }

    func install(over prior: QueueingTree) throws(KernelError) {
        journal.add("install")
        if let failure = state.withLock(\.installFailure) { throw failure }
        state.withLock { $0.isIn = true }
    }

    func readBack() -> QueueingReading { state.withLock(\.reading) }

    func statistics() -> QdiscStatistics? {
        state.withLock { state in
            guard state.isIn else { return nil }
            defer { state.queued -= min(state.queued, state.leaving) }
            return QdiscStatistics(packets: 50, drops: state.drops, queued: state.queued)
        }
    }

    func backlog() -> UInt32? {
        state.withLock { state in
            defer { state.others -= min(state.others, state.othersLeaving) }
            return state.others + (state.isIn ? state.queued : 0)
        }
    }

    func subside() {
        journal.add("subside")
        state.withLock { $0.drops += $0.dropsUntilSubsided }
    }

    let kind = "netem"
    let target: UInt32 = 0x4004_0004

    let direction = PacketSelection.Direction.egress
    func aimedPackets() -> UInt64? { nil }
    func residue() -> [String] { [] }

    func reversal(of interface: String, index: Int32, prior: QueueingTree) -> Reversal {
        .queueing(of: interface, index: index, handle: handle, prior: prior)
    }

    func remove(restoring prior: QueueingTree) -> RootReplacement.Restoration {
        journal.add("remove")
        return state.withLock { state in
            state.isIn = false
            return state.restoration
        }
    }
}

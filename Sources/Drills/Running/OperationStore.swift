import Records
import Synchronization
import Workloads

/// Takes every operation of the workload and hands it to all who need it.
final class OperationStore: OperationRecorder {
    /// The most operations that one drill keeps; a drill that reaches it says so and is aborted.
    static let limit = 20_000_000

    private struct State {
        var operations: [Operation] = []
        var isFull = false
    }

    private let state = Mutex(State())
    private let others: [any OperationRecorder]

    init(others: [any OperationRecorder]) {
        self.others = others
    }

    func began(_ message: MessageIdentifier, intended: DrillTime) {
        for other in others { other.began(message, intended: intended) }
    }

    func record(_ operation: Operation) {
        for other in others { other.record(operation) }
        state.withLock { state in
            guard state.operations.count < Self.limit else {
                state.isFull = true
                return
            }
            state.operations.append(operation)
        }
    }

    var operations: [Operation] { state.withLock(\.operations) }
    var isFull: Bool { state.withLock(\.isFull) }
}

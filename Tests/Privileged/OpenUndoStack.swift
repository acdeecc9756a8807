import Kernel
import Undo

/// Keeps nothing: what a test puts in, it takes out itself.
struct OpenUndoStack: UndoStack {
    func push(_ record: UndoRecord) async throws -> UndoReceipt {
        UndoReceipt(recordedAt: MonotonicClock.now, acknowledgedAt: MonotonicClock.now)
    }

    func update(_ record: UndoRecord) async throws {}

    func close(_ identifier: String) async throws {}
}

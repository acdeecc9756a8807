/// The drill's side of undo: what is on record, and who else knows.
public protocol UndoStack: Sendable {
    /// Writes a record, fsyncs it, and returns when the guardian has acknowledged it.
    ///
    /// Throws when either failed: the deed must then not be done.
    func push(_ record: UndoRecord) async throws -> UndoReceipt

    /// Replaces the reversal of an open record, durably, before the deed changes what it undoes.
    func update(_ record: UndoRecord) async throws

    /// Changes until when an open record waits for the drill, durably; its reversal stays.
    ///
    /// - Parameters:
    ///   - identifier: which record.
    ///   - deadline: see ``UndoRecord/deadline``.
    func postpone(_ identifier: String, until deadline: Int64) async throws

    /// Notes that a record's reversal has been done and verified; it will not be replayed.
    func close(_ identifier: String) async throws

    /// Whether somebody takes out what is on record when the drill dies, and a second one when both do.
    ///
    /// Once false, nothing may be started or injected any more, and the drill ends.
    func isGuarded() async -> Bool
}

extension UndoStack {
    /// Nothing to do: for stacks that nobody but the drill looks at.
    public func postpone(_ identifier: String, until deadline: Int64) async throws {}

    /// True: for stacks that cannot lose their guardian.
    public func isGuarded() async -> Bool { true }
}

/// When a record was safe, in nanoseconds of CLOCK_MONOTONIC.
public struct UndoReceipt: Sendable, Equatable {
    public var recordedAt: Int64
    public var acknowledgedAt: Int64

    public init(recordedAt: Int64, acknowledgedAt: Int64) {
        self.recordedAt = recordedAt
        self.acknowledgedAt = acknowledgedAt
    }
}

public import Records

/// Where the workload tells of its operations; called from many tasks at once, and so must be cheap.
public protocol OperationRecorder: Sendable {
    /// Says that an enqueue is now under way; its ``record(_:)`` follows whatever becomes of it.
    func began(_ message: MessageIdentifier, intended: DrillTime)

    /// Takes an operation that is over.
    func record(_ operation: Operation)
}

extension OperationRecorder {
    public func began(_ message: MessageIdentifier, intended: DrillTime) {}
}

/// Several recorders as one: each is told in turn.
public struct RecorderChain: OperationRecorder {
    private var recorders: [any OperationRecorder]

    public init(_ recorders: [any OperationRecorder]) {
        self.recorders = recorders
    }

    public func began(_ message: MessageIdentifier, intended: DrillTime) {
        for recorder in recorders { recorder.began(message, intended: intended) }
    }

    public func record(_ operation: Operation) {
        for recorder in recorders { recorder.record(operation) }
    }
}

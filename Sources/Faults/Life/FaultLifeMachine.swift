/// The order in which one fault lives; pure.
///
/// The rules: nothing is touched before its undo record is safe; whatever was touched is taken out
/// and verified, however the life went; a record is closed only when its reversal is verified.
struct FaultLifeMachine: Equatable {
    enum Action: Equatable {
        case resolve, allow, snapshot, record, inject, readBack, hold, prove, revert, verify
        case closeRecord
        case end
    }

    enum Outcome: Equatable { case done, failed }

    private(set) var action = Action.resolve
    /// Something may be in that was not there before.
    private(set) var isTouched = false
    /// An undo record may be on disk.
    private(set) var isRecorded = false

    /// Moves on after the current action; `isCancelled` says whether the drill wants an end.
    mutating func advance(_ outcome: Outcome, isCancelled: Bool) {
        action = next(outcome, isCancelled: isCancelled)
        if action == .record { isRecorded = true }
        if action == .inject { isTouched = true }
    }

    private func next(_ outcome: Outcome, isCancelled: Bool) -> Action {
        switch action {
        case .revert:
            // A failed revert is verified all the same: it may have done its work.
            return .verify
        case .verify:
            // An open record is what the guardian and `firedrill revert` go by.
            return outcome == .done ? .closeRecord : .end
        case .closeRecord, .end:
            return .end
        default:
            guard outcome == .done, !isCancelled else { return wayOut }
            return following
        }
    }

    private var following: Action {
        switch action {
        case .resolve: .allow
        case .allow: .snapshot
        case .snapshot: .record
        case .record: .inject
        case .inject: .readBack
        case .readBack: .hold
        case .hold: .prove
        default: .revert
        }
    }

    private var wayOut: Action {
        if action == .hold { return .prove }
        if isTouched { return .revert }
        return isRecorded ? .closeRecord : .end
    }
}

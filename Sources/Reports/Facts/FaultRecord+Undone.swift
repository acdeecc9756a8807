import Playbooks
import Records

extension FaultRecord {
    /// The record of a fault that its drill did not see out, with what others did and compared.
    ///
    /// A fault may have several undo records (`f2`, `f2/1`); of one that was replayed twice the last
    /// replay counts. One that the drill has verified stays as it is.
    func settled(by entries: [UndoneEntry]) -> FaultRecord {
        var last: [String: UndoneRecord] = [:]
        for case .undone(let undone) in entries where covers(undone.identifier) {
            last[undone.identifier] = undone
        }
        let replays = last.keys.sorted().compactMap { last[$0] }
        guard undo != .clean, !replays.isEmpty else { return self }
        var record = self
        record.undo =
            replays.allSatisfy(\.isVerified)
            ? .clean : replays.allSatisfy(\.isClean) ? .unknown : .residual
        let isKernels = replays.allSatisfy { $0.isKernels == true }
        let isReverts = replays.contains { $0.by == .revert }
        record.undoneBy = isKernels ? .kernel : isReverts ? .revert : .guardian
        record.undoTook = Nanoseconds(replays.reduce(Int64(0)) { $0 + $1.duration.count })
        record.comparisons = replays.flatMap { replay in
            replay.comparisons
                + (replay.failure.map {
                    [
                        Comparison(
                            what: replay.summary, before: "to be taken out", after: $0,
                            isSame: false)
                    ]
                } ?? [])
        }
        return record
    }

    /// `undo clean, by the guardian in 12 ms`.
    var undoSentence: String {
        "undo \(undo.rawValue), \(undoneBy.phrase)"
            + (undoTook.map { ", seen to be out within \($0.duration.text)" } ?? "")
    }

    private func covers(_ record: String) -> Bool {
        record == identifier || record.hasPrefix("\(identifier)/")
    }
}

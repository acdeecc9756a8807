import Playbooks
import Records

/// When the steady state came back after one fault, or why nobody can tell.
struct FaultRecovery {
    enum Answer: Equatable {
        /// So long after the fault's end.
        case recovered(Nanoseconds)
        /// Not within what was observed, which is longer than the bound.
        case never(observed: Nanoseconds, complaint: String)
        case unclear(String)
    }

    var fault: FaultWindow
    var answer: Answer

    /// One line for the details.
    var sentence: String {
        switch answer {
        case .recovered(let span): "\(fault.title): recovered \(Wording.span(span)) after its end"
        case .never(let observed, let complaint):
            "\(fault.title): not recovered in the \(Wording.span(observed)) observed; \(complaint)"
        case .unclear(let reason): "\(fault.title): \(reason)"
        }
    }
}

/// Judges the recovery from each fault by the windows after its end.
struct RecoveryJudge {
    let method: RecoveryMethod
    let width: Nanoseconds
    let within: Duration
    let operations: [Operation]
    let faults: [FaultWindow]
    /// The end of the load.
    let loadEnd: DrillTime

    func recoveries() -> [FaultRecovery] {
        faults.map { FaultRecovery(fault: $0, answer: answer(for: $0)) }
    }

    private func answer(for fault: FaultWindow) -> FaultRecovery.Answer {
        guard let end = fault.end else { return .unclear("it was never taken out") }
        let others = faults.filter { $0.fault.identifier != fault.fault.identifier }
        if let mask = others.first(where: { $0.start <= end && ($0.end ?? loadEnd) > end }) {
            return .unclear("\(mask.title) was in when it ended")
        }
        let next = others.map(\.start).filter { $0 > end }.min()
        let limit = max(end, min(loadEnd, next ?? loadEnd))
        let windows = RequestWindow.windows(of: operations, in: end..<limit, width: width)
        let search = method.search(windows)
        if let index = search.recovery {
            return .recovered(Nanoseconds(width.count * Int64(index)))
        }
        let decided = max(0, windows.count - RecoveryMethod.horizon + 1)
        let observed = limit - end
        guard Int64(decided) * width.count > within.nanoseconds else {
            let cause = next.map { $0 < loadEnd } == true ? "the next fault came" : "the load ended"
            let needed = Nanoseconds(
                within.nanoseconds + width.count * Int64(RecoveryMethod.horizon))
            return .unclear(
                "\(cause) \(Wording.span(observed)) after its end; to rule out a recovery within "
                    + "\(Wording.span(within)) takes \(Wording.span(needed))"
                    + (search.nearest?.complaint.map { "; \($0)" } ?? ""))
        }
        return .never(
            observed: observed, complaint: search.nearest?.complaint ?? "no window was good")
    }
}

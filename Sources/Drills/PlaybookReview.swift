import Checks
import Faults
public import Playbooks
import Probes
import Systems

/// What is wrong with a playbook whose every key and value is well-formed.
///
/// The kinds themselves are asked: a fault that could never be proven in its time, a check of a probe
/// that nobody asks, a target whose settings do not fit together. What only the host can tell, such as
/// a missing right, is no problem of the playbook.
public struct PlaybookReview {
    private let playbook: Playbook

    public init(_ playbook: Playbook) {
        self.playbook = playbook
    }

    /// The problems of the target, the probes and the checks, in the order of the lines.
    public var problems: [PlaybookProblem] {
        var problems = gather(at: playbook.target.line) {
            _ = try SystemCatalogue.make(playbook.target)
        }
        for step in probes {
            problems += gather(at: step.line) { _ = try ProbeCatalogue.make(step) }
        }
        for expectation in playbook.expectations {
            problems += gather(at: expectation.line) {
                _ = try CheckCatalogue.make(expectation, playbook: playbook)
            }
        }
        problems += FaultConflicts(method: playbook.method).problems
        return problems.sorted { $0.line < $1.line }
    }

    /// The problems of the faults, which a plan shows as refusals.
    public var faultProblems: [PlaybookProblem] {
        Self.steps(of: playbook.method).flatMap { step -> [PlaybookProblem] in
            guard case .fault(let step) = step else { return [] }
            return gather(at: step.line, column: step.column) {
                _ = try FaultCatalogue.make(
                    step: step, identifier: "f", limits: playbook.limits)
            }
        }
    }

    private var probes: [ProbeStep] {
        let conditions = playbook.steadyState.compactMap { condition -> ProbeStep? in
            if case .probe(let step) = condition { step } else { nil }
        }
        return conditions
            + Self.steps(of: playbook.method).compactMap { step in
                if case .probe(let step) = step { step } else { nil }
            }
    }

    private static func steps(of steps: [Step]) -> [Step] {
        steps.flatMap { step in
            if case .parallel(let inner) = step { Self.steps(of: inner) } else { [step] }
        }
    }

    private func gather(
        at line: Int, column: Int = 0, _ make: () throws -> Void
    ) -> [PlaybookProblem] {
        do {
            try make()
            return []
        } catch {
            var message = "\(error)"
            // The place stands before every problem already.
            let place = "line \(line): "
            if message.hasPrefix(place) { message.removeFirst(place.count) }
            return [PlaybookProblem(line: line, column: column, message: message)]
        }
    }
}

public import Records

/// The report as JUnit's XML: one suite a drill, one case a statement that the drill made.
///
/// A broken check is a `failure`; what could not be told is a `failure` of type `inconclusive`,
/// never a skip, so that no reader takes it for a pass; a residual fault and an error of the tool
/// are an `error`.
public enum JUnitReport {
    /// Renders the report of `evidence`; the same evidence gives the same bytes.
    public static func render(_ evidence: Evidence) -> String { render(DrillFacts(evidence)) }

    static func render(_ facts: DrillFacts) -> String {
        let cases = allCases(facts)
        let failures = cases.count { $0.result?.element == "failure" }
        let errors = cases.count { $0.result?.element == "error" }
        let seconds = Format.decimal(facts.end.seconds, digits: 3)
        let header = facts.header
        let counts: Markup =
            "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"0\""
        let properties: [(String, String)] =
            [
                ("drill", header.identifier), ("playbook", header.playbook),
                ("outcome", facts.verdict?.outcome.rawValue ?? "none"),
                ("reason", facts.headline.sentence), ("hypothesis", header.hypothesis),
                ("seed", String(header.seed)), ("command", facts.command),
            ] + facts.keyFigures.map { ("figure: \($0.name)", "\($0.value) (\($0.note))") }
        let suite: Markup = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="Firedrill" \(counts) time="\(seconds)">
              <testsuite name="\(header.playbook)" \(counts) time="\(seconds)" \
            timestamp="\(String(facts.clock.stamp(.zero).dropLast(5)))" \
            hostname="\(facts.evidence.environment?.host ?? "unknown")">
                <properties>
            \(properties.markup { "      <property name=\"\($0.0)\" value=\"\($0.1)\"/>\n" })\
                </properties>
            \(cases.markup { $0.markup(playbook: header.playbook) })\
              </testsuite>
            </testsuites>

            """
        return suite.text
    }

    private static func allCases(_ facts: DrillFacts) -> [TestCase] {
        var cases = [outcome(facts), precondition(facts)]
        for fault in facts.faults { cases += [injection(fault), undo(fault)] }
        let names = Dictionary(grouping: facts.checks, by: \.check)
        return cases
            + facts.checks.map { check($0, isAlone: names[$0.check]?.count == 1) }
    }

    /// The case that fails whenever the exit code does, whatever the reason.
    private static func outcome(_ facts: DrillFacts) -> TestCase {
        let result: TestCase.Result?
        let sentence = facts.headline.sentence
        switch facts.verdict?.outcome {
        case .passed: result = nil
        case .failed: result = .failure("broken", sentence)
        case .preconditionUnmet: result = .failure("precondition", sentence)
        case .inconclusive: result = .failure("inconclusive", sentence)
        case .aborted: result = .error("aborted", sentence)
        case .residual: result = .error("residual", sentence)
        case .invalid, .error: result = .error("error", sentence)
        case nil: result = .error("no-verdict", sentence)
        }
        return TestCase(
            group: "verdict", name: "outcome", seconds: facts.end.seconds, result: result,
            output: facts.axes.map { "\($0.name): \($0.state). \($0.sentence)" })
    }

    private static func precondition(_ facts: DrillFacts) -> TestCase {
        let axis = facts.axes[0]
        let result: TestCase.Result? =
            switch facts.verdict?.precondition {
            case .held: nil
            case .unmet: .failure("precondition", axis.sentence)
            case .unknown, nil: .failure("inconclusive", axis.sentence)
            }
        return TestCase(
            group: "precondition", name: "steady state before the first fault", seconds: 0,
            result: result, output: [axis.sentence])
    }

    private static func injection(_ fault: FaultRecord) -> TestCase {
        let figures = fault.achieved.map { achieved in
            "\(achieved.name): requested \(achieved.requested.formatted), before "
                + "\(achieved.before?.formatted ?? "–"), during \(achieved.during?.formatted ?? "–"), "
                + "after \(achieved.after?.formatted ?? "–"), \(achieved.samples) samples"
        }
        return TestCase(
            group: "fault", name: "\(fault.identifier) \(fault.name): injection",
            seconds: seconds(from: fault.injectedAt, to: fault.revertedAt),
            result: fault.injection == .confirmed
                ? nil : .failure("inconclusive", "\(fault.injection.rawValue): \(fault.proof)"),
            output: [fault.proof] + figures)
    }

    private static func undo(_ fault: FaultRecord) -> TestCase {
        let sentence = fault.undoSentence
        let result: TestCase.Result? =
            switch fault.undo {
            case .clean: nil
            case .residual: .error("residual", sentence)
            case .unknown: .error("unknown", sentence)
            }
        return TestCase(
            group: "fault", name: "\(fault.identifier) \(fault.name): undo",
            seconds: seconds(from: fault.revertingAt, to: fault.verifiedAt), result: result,
            output: [sentence]
                + fault.comparisons.map {
                    "\($0.what): \($0.before) -> \($0.after), \($0.finding)"
                })
    }

    /// Readers tell cases apart by name: of checks with one name, each carries its line.
    private static func check(_ check: CheckResult, isAlone: Bool) -> TestCase {
        let result: TestCase.Result? =
            switch check.status {
            case .held: nil
            case .broken: .failure("broken", check.sentence)
            case .inconclusive: .failure("inconclusive", check.sentence)
            }
        let figures = check.figures.map { figure in
            "\(figure.name): \(figure.formatted)"
                + (figure.formattedLimit.map { ", limit \($0)" } ?? "")
        }
        return TestCase(
            group: "check", name: isAlone ? check.check : "\(check.check) (line \(check.line))",
            seconds: 0, result: result,
            output: [check.sentence] + figures + check.details.prefix(100))
    }

    private static func seconds(from start: DrillTime?, to end: DrillTime?) -> Double {
        guard let start, let end, end > start else { return 0 }
        return (end - start).seconds
    }
}

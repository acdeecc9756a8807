import ArgumentParser
import Faults
import FoundationEssentials
import Kernel

/// `firedrill doctor`: what this host can do for each kind of fault; changes nothing.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Show what this host can do for each kind of fault, and what would add the rest.",
        discussion: """
            Asks the kernel, says how each answer was found out, and changes nothing. As root it \
            can ask more. Exits with 0 whatever is missing.
            """)

    @Flag(name: .long, help: "Print the survey as JSON.")
    var json = false

    func run() throws {
        var survey = HostSurvey.probe()
        // One that cannot be obeyed has been told of already.
        survey.policyWarnings = (try? Policy.loadOrExit())?.warnings ?? []
        guard json else { return show(survey) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Console.line(String(decoding: try encoder.encode(survey), as: UTF8.self))
    }

    private func show(_ survey: HostSurvey) {
        Console.line("\(survey.kernel), \(survey.distribution), \(survey.user)\n")
        Console.line("kinds of faults")
        for kind in survey.kinds {
            for (number, backend) in kind.backends.enumerated() {
                let lacks = backend.lacks.map(\.rawValue).joined(separator: ", ")
                Console.line(
                    "  " + pad(number == 0 ? kind.kind : "", 20) + pad(backend.name, 26)
                        + answer(backend, lacks))
            }
        }
        if !survey.policyWarnings.isEmpty {
            Console.line("\npolicy")
            for warning in survey.policyWarnings { Console.line("  warning: \(warning)") }
        }
        Console.line("\nfeatures")
        for finding in survey.findings {
            Console.line(
                "  " + pad(finding.feature.rawValue, 26) + pad(finding.presence.rawValue, 9)
                    + finding.feature.purpose)
            let indent = String(repeating: " ", count: 37)
            Console.line(indent + finding.evidence)
            if !finding.remedy.isEmpty { Console.line(indent + finding.remedy) }
        }
    }

    private func answer(_ backend: HostSurvey.Backend, _ lacks: String) -> String {
        switch backend.presence {
        case .present: "yes"
        case .absent: "no: needs \(lacks)"
        case .unknown: "unknown: it could not be asked for \(lacks)"
        }
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}

import ArgumentParser
import Drills
import FoundationEssentials
import Playbooks

/// A playbook read from a file, checked against everything this build knows.
struct LoadedPlaybook {
    /// The playbook cannot be used; each problem with its place.
    struct Invalid: Error, CustomStringConvertible {
        var description: String
    }

    var playbook: Playbook
    var text: String

    /// Reads a playbook; throws ``Invalid`` with every problem.
    ///
    /// - Parameter checkingFaults: whether a fault that cannot be is a problem here; a plan shows it
    ///   as a refusal beside the others.
    static func load(
        _ path: String, settings: [String], checkingFaults: Bool = false
    ) throws -> LoadedPlaybook {
        var values: [String: String] = [:]
        for setting in settings {
            guard let equals = setting.firstIndex(of: "="), equals != setting.startIndex else {
                throw Invalid(description: "--set \(setting): write it as name=value")
            }
            values[String(setting[..<equals])] = String(setting[setting.index(after: equals)...])
        }
        do {
            let bytes = try PlaybookFile.bytes(at: path)
            let playbook = try PlaybookDecoder(vocabulary: .firedrill).decode(
                bytes, file: path, name: PlaybookDecoder.name(ofFileAt: path), overrides: values,
                environment: ProcessInfo.processInfo.environment)
            Console.keep(playbook.secrets)
            let review = PlaybookReview(playbook)
            let problems = review.problems + (checkingFaults ? review.faultProblems : [])
            guard problems.isEmpty else {
                throw PlaybookProblems(file: path, problems: problems.sorted { $0.line < $1.line })
            }
            return LoadedPlaybook(playbook: playbook, text: String(decoding: bytes, as: UTF8.self))
        } catch let error as PlaybookProblems {
            throw Invalid(description: error.description)
        }
    }

    /// Loads a playbook for a command that cannot go on without; ends with 2 when it is invalid.
    static func loadOrExit(_ path: String, settings: [String]) throws -> LoadedPlaybook {
        do {
            return try load(path, settings: settings)
        } catch let error as Invalid {
            Console.error(error.description)
            throw ExitCode(2)
        }
    }
}

import ArgumentParser
import Drills
import FoundationEssentials
import Glibc
import Playbooks

/// A playbook read from a file, checked against everything this build knows.
struct PlaybookFile {
    /// The playbook cannot be used; each problem with its place.
    struct Invalid: Error, CustomStringConvertible {
        var description: String
    }

    /// The largest playbook that is read.
    static let maximumSize = 16 << 20

    var playbook: Playbook
    var text: String

    /// Reads a playbook; throws ``Invalid`` with every problem.
    ///
    /// - Parameter checkingFaults: whether a fault that cannot be is a problem here; a plan shows it
    ///   as a refusal beside the others.
    static func load(
        _ path: String, settings: [String], checkingFaults: Bool = false
    ) throws -> PlaybookFile {
        let bytes = try read(path)
        var values: [String: String] = [:]
        for setting in settings {
            guard let equals = setting.firstIndex(of: "="), equals != setting.startIndex else {
                throw Invalid(description: "--set \(setting): write it as name=value")
            }
            values[String(setting[..<equals])] = String(setting[setting.index(after: equals)...])
        }
        do {
            let playbook = try PlaybookDecoder(vocabulary: .firedrill).decode(
                bytes, file: path, name: PlaybookDecoder.name(ofFileAt: path), overrides: values,
                environment: ProcessInfo.processInfo.environment)
            let review = PlaybookReview(playbook)
            let problems = review.problems + (checkingFaults ? review.faultProblems : [])
            guard problems.isEmpty else {
                throw PlaybookProblems(file: path, problems: problems.sorted { $0.line < $1.line })
            }
            return PlaybookFile(playbook: playbook, text: String(decoding: bytes, as: UTF8.self))
        } catch let error as PlaybookProblems {
            throw Invalid(description: error.description)
        }
    }

    /// Loads a playbook for a command that cannot go on without; ends with 2 when it is invalid.
    static func loadOrExit(_ path: String, settings: [String]) throws -> PlaybookFile {
        do {
            return try load(path, settings: settings)
        } catch let error as Invalid {
            Console.error(error.description)
            throw ExitCode(2)
        }
    }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "re") else {
            throw Invalid(description: "\(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= maximumSize else {
                throw Invalid(description: "\(path): larger than 16 MiB; a playbook is a page")
            }
        }
        guard ferror(file) == 0 else {
            throw Invalid(description: "\(path): \(String(cString: strerror(errno)))")
        }
        return bytes
    }
}

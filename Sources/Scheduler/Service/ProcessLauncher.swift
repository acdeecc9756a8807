import Foundation
import Glibc
import Kernel
import Records
import Synchronization

/// Runs drills as child processes: `firedrill run`.
///
/// A child is killed when this process dies, and its guardian takes its faults out then. What it
/// prints goes to files in the schedules' directory, so that the service after this one can say
/// which drill it was.
public final class ProcessLauncher: DrillLauncher {
    private let program: String
    private let evidence: String
    private let environment: [String]
    private let directory: String
    /// The longest that a drill may take to take its faults out when it is asked to end.
    private let grace: Duration
    private let children = Mutex<[OccurrenceIdentifier: ChildProcess]>([:])

    /// - Parameters:
    ///   - program: the path of `firedrill`.
    ///   - evidence: where drills leave their evidence.
    ///   - environment: the drills' environment, `NAME=value` each.
    public init(
        program: String, evidence: String, environment: [String], directory: ScheduleDirectory,
        grace: Duration = .seconds(120)
    ) throws {
        self.program = program
        self.evidence = evidence
        self.environment = environment
        self.grace = grace
        self.directory = directory.path + "/drills"
        guard mkdir(self.directory, 0o700) == 0 || errno == EEXIST else {
            throw KernelError(call: "mkdir", object: self.directory, reason: .errno(errno))
        }
    }

    public func run(
        _ identifier: OccurrenceIdentifier, _ rules: ScheduleRules,
        started: @escaping @Sendable (String) -> Void
    ) async -> DrillEnd {
        let base = path(of: identifier)
        let child: ChildProcess
        do {
            child = try spawn(rules, base)
        } catch {
            return .broken("\(error)")
        }
        children.withLock { $0[identifier] = child }
        defer { children.withLock { $0[identifier] = nil } }
        var drill: String?
        while drill == nil, await child.wait(atMost: .milliseconds(100)) == nil {
            drill = self.drill(of: identifier)
        }
        if drill == nil { drill = self.drill(of: identifier) }
        if let drill { started(drill) }
        let status = await child.wait()
        defer {
            unlink(base + ".jsonl")
            unlink(base + ".err")
        }
        guard case .exited(let code) = status else {
            return .broken("its process was killed: \(status)")
        }
        // Usage errors and errors of the tool have no report that could say why.
        if [2, 7].contains(code), drill == nil {
            return .broken(lastLine(base + ".err") ?? "it ended with \(code) and said nothing")
        }
        return .exited(code)
    }

    public func stop(_ identifier: OccurrenceIdentifier) {
        guard let child = children.withLock({ $0[identifier] }) else { return }
        Task { _ = await child.terminate(grace: grace) }
    }

    public func drill(of identifier: OccurrenceIdentifier) -> String? {
        struct Started: Decodable {
            var drill: DrillHeader
        }
        guard let file = try? Descriptor.open(path(of: identifier) + ".jsonl", flags: O_RDONLY),
            let bytes = try? file.readAll(limit: 64 << 10),
            let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            let line = try? JSONDecoder().decode(Started.self, from: Data(bytes[..<end]))
        else { return nil }
        return line.drill.identifier
    }

    /// Removes what services before this one left of their drills' output.
    public func removeLeftovers() {
        for name in Descriptor.names(in: directory) { unlink("\(directory)/\(name)") }
    }

    private func spawn(_ rules: ScheduleRules, _ base: String) throws -> ChildProcess {
        let output = try Self.create(base + ".jsonl")
        let errors = try Self.create(base + ".err")
        // Whoever made the schedule has named the playbook; what it may touch is another question.
        var arguments = [
            "run", rules.playbook, "--json", "--trust-playbook", "--evidence", evidence,
        ]
        for (name, value) in rules.settings.sorted(by: { $0.key < $1.key }) {
            arguments += ["--set", "\(name)=\(value)"]
        }
        if rules.touchesOutside { arguments.append("--yes") }
        return try ChildProcess.spawn(
            ChildProcess.Options(
                executable: program, arguments: arguments, environment: environment,
                standardOutput: output.number, standardError: errors.number))
    }

    private static func create(_ path: String) throws -> Descriptor {
        try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    }

    private func path(of identifier: OccurrenceIdentifier) -> String {
        "\(directory)/\(identifier.schedule)@\(identifier.due.nanoseconds)-\(identifier.attempt)"
    }

    private func lastLine(_ path: String) -> String? {
        guard let bytes = try? Descriptor.open(path, flags: O_RDONLY).readAll(limit: 64 << 10)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").last
            .map { String($0.prefix(500)) }
    }
}

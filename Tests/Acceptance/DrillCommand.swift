import Foundation
import Kernel
import Records
import Testing

/// Runs the released `firedrill` as a person would, with evidence and undo records of its own.
struct DrillCommand {
    /// Where `make build` put the programs; the tests do not guess.
    static var programs: String {
        get throws {
            let path = ProcessInfo.processInfo.environment["FIREDRILL_PROGRAMS"] ?? ""
            try #require(
                FileManager.default.isExecutableFile(atPath: "\(path)/firedrill"),
                "FIREDRILL_PROGRAMS must name the directory of the built programs: run `make acceptance`"
            )
            return path
        }
    }

    /// The checkout: `#filePath` is Tests/Acceptance/DrillCommand.swift.
    static let checkout = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path()

    /// A directory that only this command's processes have in their arguments.
    let directory: String

    /// The file of a policy that narrows the host's own, when there is one.
    var policy: String?

    /// Variables beside those that every command gets, `NAME=value` each.
    var environment: [String] = []

    /// The state directory, shared with other commands where it is not its own.
    var state: String

    init() throws {
        let parent = FileManager.default.temporaryDirectory
        let url = parent.appending(path: "firedrill-acceptance-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        directory = url.path()
        state = "\(directory)/state"
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: directory)
    }

    static func playbook(_ name: String) -> String { "\(checkout)playbooks/\(name).yaml" }

    /// Starts `firedrill` with these arguments; its output goes to a file in the directory.
    ///
    /// - Parameters:
    ///   - namespace: whether it gets a network namespace of its own, in which `lo` is up.
    ///   - files: with a namespace, files that it finds in the place of the host's: by the host's
    ///     path that of the file.
    func start(
        _ arguments: [String], namespace: Bool = false, files: [String: String] = [:],
        output name: String = "output.txt"
    ) throws -> ChildProcess {
        let output = open("\(directory)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(output >= 0)
        defer { close(output) }
        let environment =
            self.environment + [
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME=\(directory)", "FIREDRILL_STATE=\(state)",
                "FIREDRILL_EVIDENCE=\(directory)/evidence",
                "FIREDRILL_POLICY=\(policy ?? "")",
            ]
        let program = "\(try Self.programs)/firedrill"
        let command =
            namespace
            ? [
                "/usr/bin/unshare", "--net", "--mount", "/bin/sh", "-c",
                (["ip link set lo up"] + files.map { "mount --bind '\($1)' '\($0)'" }
                    + ["exec \"$0\" \"$@\""]).joined(separator: " && "), program,
            ] : [program]
        return try ChildProcess.spawn(
            ChildProcess.Options(
                executable: command[0], arguments: command.dropFirst() + arguments,
                environment: environment, workingDirectory: Self.checkout, standardOutput: output,
                standardError: output))
    }

    /// Runs `firedrill` to its end, within a bound, and returns its exit code.
    func run(_ arguments: [String], within bound: Duration = .seconds(300)) async throws -> Int32 {
        let child = try start(arguments)
        let status = await withTaskGroup(of: Kernel.ExitStatus?.self) { group in
            group.addTask { await child.wait() }
            group.addTask {
                try? await Task.sleep(for: bound)
                return nil
            }
            let first = await group.next() ?? nil
            if first == nil { try? child.signal(SIGKILL) }
            group.cancelAll()
            return first
        }
        guard case .exited(let code) = status else {
            Issue.record(
                "firedrill \(arguments) ended with \(String(describing: status))\n\(output)")
            return -1
        }
        return code
    }

    /// What the command printed.
    var output: String {
        (try? String(contentsOfFile: "\(directory)/output.txt", encoding: .utf8)) ?? ""
    }

    /// The directories of the drills that left evidence.
    var drills: [String] {
        let root = "\(directory)/evidence"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return names.sorted().map { "\(root)/\($0)" }
    }

    /// The verdict of the only drill.
    func verdict() throws -> Verdict {
        try verdict(
            of: #require(drills.first, "no evidence; the command printed:\n\(output)"))
    }

    /// The verdict of the drill with this directory.
    func verdict(of drill: String) throws -> Verdict {
        let data = try Data(contentsOf: URL(filePath: "\(drill)/verdict.json"))
        return try JSONDecoder().decode(Verdict.self, from: data)
    }
}

extension DrillCommand {
    /// Waits until the command has printed `text`; fails after a minute.
    func waitForOutput(containing text: String, count: Int = 1) async throws {
        for _ in 0..<3000 {
            if output.split(separator: text, omittingEmptySubsequences: false).count > count {
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("'\(text)' did not appear in:\n\(output)")
    }

    /// The guardian of the drill that runs, or its standby; nil when there is none.
    func guardian(isStandby: Bool) -> ProcessIdentity? {
        ProcessTable.all().first { identity in
            let line = ProcessTable.commandLine(of: identity.pid) ?? []
            return line.first?.hasSuffix("/firedrill-guardian") == true
                && line.contains { $0.hasPrefix("\(state)/") }
                && line.contains("--standby") == isStandby
        }
    }
}

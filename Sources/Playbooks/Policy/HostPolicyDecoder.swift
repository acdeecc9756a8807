import Glibc

/// Turns the YAML text of a host's policy into a checked ``HostPolicy``, as strictly as a playbook.
public struct HostPolicyDecoder: Sendable {
    public init() {}

    /// Reads the policy at `path`; nil when there is no such file.
    ///
    /// Throws when it cannot be read, and when somebody besides root and this user could have
    /// written it: a policy that anybody can widen is none.
    public func decode(fileAt path: String) throws(PlaybookProblems) -> HostPolicy? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure(path, "cannot be examined: \(String(cString: strerror(errno)))")
        }
        guard status.st_uid == 0 || status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            throw failure(
                path, "may be written by others: give it to root, and take their right to write")
        }
        return try decode(try PlaybookFile.bytes(at: path, title: "the policy"), file: path)
    }

    /// Decodes the bytes of a policy.
    public func decode(
        _ bytes: [UInt8], file: String
    ) throws(PlaybookProblems) -> HostPolicy {
        let problems = ProblemCollector()
        guard let root = DocumentReader(problems: problems).read(bytes) else {
            throw problems.failure(in: file)
        }
        let reader = PlaybookReader(
            vocabulary: Vocabulary(systems: [], faults: [], probes: [], checks: [], metrics: []),
            problems: problems)
        let policy = policy(root, reader, file: file)
        guard let policy, problems.isEmpty else { throw problems.failure(in: file) }
        return policy
    }

    private func policy(
        _ root: DocumentNode, _ reader: PlaybookReader, file: String
    ) -> HostPolicy? {
        guard
            let mapping = MappingReader(
                root, title: "the policy", keys: Self.grammar.map(\.name),
                problems: reader.problems)
        else { return nil }
        let values = reader.arguments(mapping, Self.grammar)
        var policy = HostPolicy(file: file)
        if let protect = values.mapping("protect") {
            policy.protectedProcesses = protect.strings("processes") ?? []
            policy.protectedUsers = protect.strings("users") ?? []
            policy.protectedPorts = protect.integers("ports") ?? []
            policy.protectedInterfaces = protect.strings("interfaces") ?? []
            policy.protectedPaths = protect.strings("paths") ?? []
        }
        if let allow = values.mapping("allow") {
            policy.allowedProcesses = allow.strings("processes") ?? []
            policy.allowedInterfaces = allow.strings("interfaces") ?? []
            policy.allowedPaths = allow.strings("paths") ?? []
        }
        if let limits = values.mapping("limits") {
            policy.processes = limits.integer("processes").map(Int.init)
            policy.disk = limits.byteCount("disk")
            policy.duration = limits.duration("duration")
            policy.faults = limits.integer("faults").map(Int.init)
            policy.cpu = limits.ratio("cpu")
            policy.memory = limits.byteCount("memory")
        }
        for text in values.strings("hours") ?? [] {
            guard let hours = DrillHours(text) else {
                reader.problems.add(
                    "'hours' has '\(text.shortened)', and each must be like"
                        + " 'MON-FRI 09:00-17:00'", at: mapping.place(of: "hours"))
                continue
            }
            policy.hours.append(hours)
        }
        for pattern in policy.protectedProcesses {
            do throws(TextPattern.Problem) {
                _ = try TextPattern(pattern)
            } catch {
                reader.problems.add(
                    "'\(pattern.shortened)' is no regular expression: \(error)",
                    at: mapping.place(of: "protect"))
            }
        }
        for path in policy.protectedPaths + policy.allowedPaths where !path.hasPrefix("/") {
            reader.problems.add(
                "'\(path.shortened)' is no absolute path", at: mapping.place)
        }
        return policy
    }

    private func failure(_ path: String, _ message: String) -> PlaybookProblems {
        PlaybookProblems(
            file: path,
            problems: [
                PlaybookProblem(line: 0, column: 0, message: "the policy \(message)")
            ])
    }

    private static let grammar: [ParameterDeclaration] = [
        .init(
            "protect",
            .mapping([
                .init("processes", .list(.string), "Regular expressions over command lines."),
                .init("users", .list(.string), "Users whose processes are never hit."),
                .init("ports", .list(.integer(1...65_535)), "Ports that are never touched."),
                .init("interfaces", .list(.string), "Interfaces that are never touched."),
                .init("paths", .list(.string), "Paths whose file systems are never touched."),
            ]), "What no drill touches."),
        .init(
            "allow",
            .mapping([
                .init(
                    "processes", .list(.string),
                    "Whole command lines of the ssh service's processes that may be hit all the same."
                ),
                .init(
                    "interfaces", .list(.string),
                    "Interfaces of default routes that may be touched all the same."),
                .init(
                    "paths", .list(.string),
                    "File systems that the host lives on and that may be touched all the same."),
            ]), "What is out of bounds unless it is named."),
        .init(
            "limits",
            .mapping([
                .init("processes", .integer(0...10_000), "The most processes that drills may hit."),
                .init("disk", .byteCount, "The most disk that drills may occupy."),
                .init("duration", .duration, "The longest a drill may take."),
                .init("faults", .integer(0...10_000), "The most faults at the same time."),
                .init("cpu", .ratio, "The largest share of the processors that faults may take."),
                .init("memory", .byteCount, "The most memory that faults may take."),
            ]), "Limits that a playbook's own may not pass."),
        .init("hours", .list(.string), "When drills may run, in local time."),
    ]
}

import Glibc
import Kernel
public import Playbooks
public import Records

/// Runs a program without a shell and judges its exit code and output.
///
/// The program gets a session of its own, no input, and an environment of `PATH` and of what the
/// playbook gives it, the place for a secret: arguments can be seen by every user of the host. When its
/// time is over, or the drill gives up, it and every process of its session are killed; so are
/// those that it left behind when it ended by itself. The evidence keeps the exit code, never the
/// output, in which secrets may stand.
public struct CommandProbe: Probe {
    static let usualPatience: Duration = .seconds(10)

    public static let declaration = KindDeclaration(
        kind: "command",
        summary: "Runs a program without a shell and expects an exit code and a text.",
        parameters: [
            .init(
                "run", .list(.string), "The program, by path or from PATH, and its arguments.",
                isRequired: true),
            .init(
                "environment", .list(.string),
                "Variables beside PATH, 'NAME=value' each; a secret belongs here.",
                default: .list([])),
            .init(
                "timeout", .duration, "After this time the program is killed: unhealthy.",
                default: .duration(usualPatience)),
            .init(
                "expect",
                .mapping([
                    .init("exit", .integer(0...255), "The exit code.", default: .integer(0)),
                    .init(
                        "output_contains", .string,
                        "A text in the first 64 KiB of its output and error output."),
                ]), "What a healthy answer is."),
        ])

    private let step: ProbeStep
    private let command: BoundedCommand
    private let timeout: Duration
    private let exit: Int32
    private let text: [UInt8]?

    public init(step: ProbeStep) throws {
        self.step = step
        let path = Self.path
        let words = step.arguments.strings("run") ?? []
        guard let program = words.first, !program.isEmpty else {
            throw ProbeError(step, "'run' is empty")
        }
        let variables = step.arguments.strings("environment") ?? []
        guard (words + variables).allSatisfy({ !$0.utf8.contains(0) }) else {
            throw ProbeError(step, "'run' or 'environment' holds a NUL character")
        }
        guard variables.allSatisfy({ $0.firstIndex(of: "=").map { $0 > "".startIndex } ?? false })
        else { throw ProbeError(step, "write 'environment' as NAME=value") }
        guard let executable = Self.executable(program, path: path) else {
            throw ProbeError(step, "there is no program '\(program)' in \(path)")
        }
        command = BoundedCommand(
            executable: executable, arguments: Array(words.dropFirst()),
            environment: ["PATH=\(path)"] + variables)
        timeout = step.arguments.duration("timeout") ?? Self.usualPatience
        guard timeout > .zero else { throw ProbeError(step, "'timeout' must be more than 0") }
        let expected = step.arguments.mapping("expect")
        exit = Int32(expected?.integer("exit") ?? 0)
        text = expected?.string("output_contains").map { Array($0.utf8) }
    }

    public var runsProgram: Bool { true }

    public func planned(_ shown: (String) -> String) -> [String] {
        let words = command.arguments.map { "'\(shown($0))'" }.joined(separator: " ")
        // The first is PATH; what a variable holds may be long, and its name says enough.
        let names = command.environment.dropFirst().map { shown(String($0.prefix { $0 != "=" })) }
        return [
            "the program \(shown(command.executable))" + (words.isEmpty ? "" : " with \(words)")
        ]
            + (names.isEmpty ? [] : ["its variables \(names.joined(separator: ", "))"])
    }

    public func ask(context: ProbeContext) async -> [ProbeSample] {
        let started = context.now()
        let answer = judge(await command.run(atMost: min(timeout, context.bound)))
        return [NodeQuestion.sample(step, nil, from: started, context, answer)]
    }

    private func judge(_ end: BoundedCommand.End) -> NodeAnswer {
        switch end {
        case .cancelled: return NodeAnswer(.unknown, "cancelled")
        case .timedOut: return NodeAnswer(.unhealthy, "timeout")
        case .notStarted(let reason): return NodeAnswer(.unknown, "not started: \(reason)")
        case .ended(let status, let output):
            let answer = "\(status)"
            guard status == .exited(exit) else { return NodeAnswer(.unhealthy, answer) }
            guard let text, !output.bytes.contains(text) else {
                return NodeAnswer(.healthy, answer)
            }
            return output.isCut
                ? NodeAnswer(.unknown, "\(answer), output over 64 KiB")
                : NodeAnswer(.unhealthy, "\(answer), other output")
        }
    }

    private static var path: String {
        getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    }

    /// The path of a program, looked up as execvp(3) does.
    private static func executable(_ program: String, path: String) -> String? {
        guard !program.contains("/") else {
            return access(program, X_OK) == 0 ? program : nil
        }
        for directory in path.split(separator: ":") where directory.hasPrefix("/") {
            let candidate = "\(directory)/\(program)"
            if access(candidate, X_OK) == 0 { return candidate }
        }
        return nil
    }
}

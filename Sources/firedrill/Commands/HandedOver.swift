import ArgumentParser
import Glibc

/// A command that `firedrill-service` performs, so that this program stays without what it needs.
protocol ServiceCommand {
    static var name: String { get }
    static var abstract: String { get }
}

/// Lists a command of the service in the help, and hands its arguments over.
struct HandedOver<Command: ServiceCommand>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: Command.name, abstract: Command.abstract)
    }

    @Argument(parsing: .captureForPassthrough)
    var arguments: [String] = []

    func run() throws { try Service.perform([Command.name] + arguments) }
}

/// The program that performs what needs a database or a server.
enum Service {
    enum Trend: ServiceCommand {
        static let name = "trend"
        static let abstract = "Show a figure of a playbook's drills over time."
    }

    enum Attach: ServiceCommand {
        static let name = "attach"
        static let abstract = "Bundle a drill for an incident review, and deliver it."
    }

    enum Verify: ServiceCommand {
        static let name = "verify"
        static let abstract = "Check the sums and the signature of a bundle."
    }

    enum Schedule: ServiceCommand {
        static let name = "schedule"
        static let abstract = "Run playbooks again and again: add, list and change their schedules."
    }

    enum Freeze: ServiceCommand {
        static let name = "freeze"
        static let abstract = "Let the service begin no drill until a moment."
    }

    enum Thaw: ServiceCommand {
        static let name = "thaw"
        static let abstract = "Let the service begin drills again."
    }

    enum Serve: ServiceCommand {
        static let name = "serve"
        static let abstract = "Show drills in a browser and over REST, and run them from there."
    }

    enum Prune: ServiceCommand {
        static let name = "prune"
        static let abstract = "Remove the evidence of old drills; their figures stay."
    }

    enum Digest: ServiceCommand {
        static let name = "digest"
        static let abstract = "Tell what ran, what got worse, and what was never drilled."
    }

    enum Token: ServiceCommand {
        static let name = "token"
        static let abstract = "Make, list and revoke the console's tokens."
    }

    /// All of them, as the help lists them.
    static let commands: [any ParsableCommand.Type] = [
        HandedOver<Serve>.self, HandedOver<Schedule>.self, HandedOver<Freeze>.self,
        HandedOver<Thaw>.self, HandedOver<Trend>.self, HandedOver<Prune>.self,
        HandedOver<Digest>.self, HandedOver<Token>.self, HandedOver<Attach>.self,
        HandedOver<Verify>.self,
    ]

    private static func isHandedOver(_ name: String) -> Bool {
        commands.contains { $0.configuration.commandName == name }
    }

    /// Hands over a command line before anything of it is parsed, its `--help` included.
    static func handOver(_ commandLine: [String]) throws {
        let words = commandLine.dropFirst()
        if let first = words.first, isHandedOver(first) { try perform(Array(words)) }
        if words.first == "help", let second = words.dropFirst().first, isHandedOver(second) {
            try perform([second, "--help"])
        }
    }

    /// Becomes the service's program; returns only by throwing.
    static func perform(_ arguments: [String]) throws -> Never {
        let program = Programs.beside("firedrill-service")
        let words = [program] + arguments
        var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        pointers.append(nil)
        execv(program, pointers)
        let reason = String(cString: strerror(errno))
        for pointer in pointers { free(pointer) }
        throw HandOverError(program: program, reason: reason)
    }
}

/// The service's program cannot be started.
struct HandOverError: Error, CustomStringConvertible {
    var program: String
    var reason: String

    var description: String {
        "could not start \(program): \(reason); `make build` puts it beside firedrill"
    }
}

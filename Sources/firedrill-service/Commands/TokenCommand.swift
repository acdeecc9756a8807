public import ArgumentParser
public import History
import Kernel
import Records
import Reports

/// `firedrill token`: who may do what in the console.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make, list and revoke the console's tokens.",
        subcommands: [Add.self, Show.self, Revoke.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Make a token and print it, once.",
            discussion: """
                The history keeps nothing of it but a hash. 'view' reads, 'run' also starts and \
                stops drills, 'admin' also changes playbooks.
                """)

        @Argument(help: "A name to know it by.")
        var name: String

        @Option(help: "view, run or admin.")
        var scope = AccessToken.Scope.view

        @OptionGroup var options: HistoryOptions

        func run() throws {
            Terminal.line(
                try options.openWithoutImport().addToken(
                    name: name, scope: scope, now: RealTimeClock.now))
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the tokens: name, scope, when made, when used.")

        @OptionGroup var options: HistoryOptions

        func run() throws {
            for token in try options.openWithoutImport().tokens() {
                let made = WallClock(start: token.createdAt).stamp(.zero)
                let used = token.usedAt.map { WallClock(start: $0).stamp(.zero) } ?? "never"
                Terminal.line(
                    "\(token.name)  \(token.scope.rawValue)  made \(made)  used \(used)")
            }
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Take a token out of use, at once.")

        @Argument(help: "The token's name.")
        var name: String

        @OptionGroup var options: HistoryOptions

        func run() throws {
            guard try options.openWithoutImport().revokeToken(name) else {
                Terminal.error("there is no token '\(name)'")
                throw ExitCode(2)
            }
            Terminal.line("revoked \(name)")
        }
    }
}

extension AccessToken.Scope: ExpressibleByArgument {}

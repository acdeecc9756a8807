import ArgumentParser
import Playbooks

/// `firedrill validate`: reads playbooks and reports every problem with its line and column.
struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check playbooks without touching anything.",
        discussion: "Prints every problem as file:line:column. Exits with 2 when there is one.")

    @Argument(help: "The playbooks' files.", completion: .file(extensions: ["yaml", "yml"]))
    var playbooks: [String]

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Sets a variable in each playbook.", valueName: "name=value"))
    var settings: [String] = []

    func run() throws {
        var isValid = true
        for path in playbooks {
            do {
                let loaded = try LoadedPlaybook.load(
                    path, settings: settings, checkingFaults: true)
                Console.line("\(path): valid: \(loaded.playbook.title)")
            } catch let error as LoadedPlaybook.Invalid {
                isValid = false
                Console.error(error.description)
            }
        }
        if !isValid { throw ExitCode(2) }
    }
}

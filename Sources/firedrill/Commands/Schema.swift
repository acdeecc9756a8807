import ArgumentParser
import Drills
import Playbooks

/// `firedrill schema`: the JSON Schema of playbooks, for editors.
struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of playbooks, for editors.",
        discussion: """
            With the YAML language server, put this on a playbook's first line:
            # yaml-language-server: $schema=playbook.schema.json
            """)

    func run() throws {
        Console.line(PlaybookSchema(vocabulary: .firedrill).text)
    }
}

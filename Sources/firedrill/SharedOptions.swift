import ArgumentParser
import Drills
import Glibc
import Playbooks

/// Where drills leave their evidence, and how a person names one.
struct EvidenceOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "Directory of the drills' evidence (default: $FIREDRILL_EVIDENCE, or ./evidence).")
    var evidence: String?

    var root: String {
        if let evidence { return evidence }
        if let value = getenv("FIREDRILL_EVIDENCE") { return String(cString: value) }
        return "evidence"
    }

    func find(_ drill: String) throws -> EvidenceDirectory {
        try EvidenceDirectory.find(drill, under: root)
    }
}

/// A playbook and what the command line changes in it.
struct PlaybookOptions: ParsableArguments {
    @Argument(help: "The playbook's file.", completion: .file(extensions: ["yaml", "yml"]))
    var playbook: String

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Sets one of the playbook's variables.", valueName: "name=value"))
    var settings: [String] = []

    @Option(name: .long, help: "Seed of every random choice (default: the playbook's, or fresh).")
    var seed: UInt64?
}

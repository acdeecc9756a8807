import ArgumentParser
import Drills
import Kernel
import Records

/// `firedrill list`: the drills there is evidence of, newest first.
struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the drills there is evidence of, newest first.")

    @OptionGroup var evidence: EvidenceOptions

    @Flag(name: .long, help: "Only drills that did not pass.")
    var failed = false

    @Option(name: .long, help: "Only drills that began within this span, such as 30d.")
    var since: PastSpan?

    @Option(name: .long, help: "The most drills to list.")
    var count = 50

    @Flag(
        name: .long,
        help: ArgumentHelp(
            "Every user's drills, those of other hosts that share the history, and pruned ones.",
            discussion: "Asks the history: $FIREDRILL_HISTORY, $FIREDRILL_DATABASE, or the user's.")
    )
    var all = false

    func run() throws {
        guard !all else { return try listHistory() }
        var listed = 0
        for directory in try EvidenceDirectory.list(under: evidence.root) where listed < count {
            let reader = EvidenceReader(directory)
            guard let header = try? reader.header() else {
                Console.error("\(directory.path): its header cannot be read")
                continue
            }
            if let since, header.startedAt < since.start(before: RealTimeClock.now) { break }
            let verdict = try? reader.verdict()
            if failed, verdict?.outcome == .passed { continue }
            listed += 1
            let outcome = verdict.map { $0.outcome.word } ?? "no verdict"
            let padding = String(repeating: " ", count: max(1, 19 - outcome.count))
            Console.line("\(outcome)\(padding)\(header.identifier)  \(header.title)")
        }
        guard listed == 0 else { return }
        let kind = failed ? "failed drills" : "drills"
        Console.line("no \(kind) in \(evidence.root)\(since == nil ? "" : " since then")")
    }

    private func listHistory() throws {
        var arguments = ["list", "--evidence", evidence.root, "--count", "\(count)"]
        if failed { arguments.append("--failed") }
        if let since { arguments += ["--since", since.text] }
        try Service.perform(arguments)
    }
}

/// A span back from now, as one writes it: `90d`, `12h`, `2w`.
struct PastSpan: ExpressibleByArgument {
    /// As it was written.
    let text: String
    private let seconds: Int64

    init?(argument: String) {
        text = argument
        let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let unit = argument.last.flatMap({ units[$0] }),
            let count = Int64(argument.dropLast()), (1...100_000).contains(count)
        else { return nil }
        seconds = count * unit
    }

    /// The moment this long ago, in nanoseconds since 1970.
    func start(before now: Int64) -> Int64 { now - seconds * 1_000_000_000 }
}

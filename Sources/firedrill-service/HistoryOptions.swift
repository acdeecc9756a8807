import ArgumentParser
import Drills
import FoundationEssentials
import Glibc
import History

/// Which history a command speaks of, and where drills have left evidence.
struct HistoryOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A directory of drills' evidence to look in; repeatable.",
            discussion: "Beside $FIREDRILL_EVIDENCE, ./evidence, and wherever drills were run."))
    var evidence: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The history: a file, or postgresql://... that several hosts share.",
            discussion: """
                Default: $FIREDRILL_HISTORY, or $FIREDRILL_DATABASE, where the schedules are, or the \
                user's own file.
                """))
    var history: String?

    /// The history with every drill in it that has ended until now.
    func open() throws -> HistoryDatabase {
        let database = try openWithoutImport()
        let result = try database.importDrills(from: places)
        for failure in result.failures { Terminal.error("left out: \(failure)") }
        return database
    }

    /// The history as it is.
    ///
    /// - Parameter shared: the database of the schedules, which holds the history as well unless
    ///   another one was named.
    func openWithoutImport(shared: String? = nil) throws -> HistoryDatabase {
        let named = ProcessInfo.processInfo.environment["FIREDRILL_HISTORY"] ?? ""
        return try HistoryDatabase(
            history ?? (named.isEmpty ? shared : named)
                ?? HistoryDatabase.standardPath(environment: ProcessInfo.processInfo.environment))
    }

    /// Every directory of evidence that this user may believe.
    var places: [EvidencePlace] { Self.places(evidence) }

    /// The same, beside directories that were named.
    static func places(_ evidence: [String]) -> [EvidencePlace] {
        let environment = ProcessInfo.processInfo.environment
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        let named = evidence + [value("FIREDRILL_EVIDENCE") ?? "evidence"]
        let own = named.compactMap { path -> EvidencePlace? in
            guard let resolved = realpath(path, nil) else { return nil }
            defer { free(resolved) }
            return EvidencePlace(path: String(cString: resolved), owner: geteuid())
        }
        let listed = EvidencePlaces(
            stateDirectory: value("FIREDRILL_STATE"), home: value("HOME")
        ).all().map { EvidencePlace(path: $0.path, owner: $0.owner) }
        var seen: Set<EvidencePlace> = []
        return (own + listed).filter { seen.insert($0).inserted }
    }
}

/// A span back from now, as one writes it: `90d`, `12h`, `2w`.
struct SpanArgument: ExpressibleByArgument, CustomStringConvertible {
    var seconds: Int64

    var description: String { "\(seconds / 86_400)d" }

    init?(argument: String) {
        let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let unit = argument.last.flatMap({ units[$0] }),
            let count = Int64(argument.dropLast()), (1...100_000).contains(count)
        else { return nil }
        seconds = count * unit
    }

    /// The moment this long ago, in nanoseconds since 1970.
    func before(_ now: Int64) -> Int64 { now - seconds * 1_000_000_000 }
}

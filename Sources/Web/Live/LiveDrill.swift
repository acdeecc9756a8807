import Drills
import FoundationEssentials
import History
import Records

/// A drill that runs now, as its evidence tells so far.
struct LiveDrill: Sendable, Equatable {
    /// What producers saw in one second.
    struct Second: Sendable, Equatable {
        var acknowledged = 0
        var failed = 0
        /// The longest latency.
        var slowest: Nanoseconds?
    }

    var header: DrillHeader
    var phase: String
    /// The faults that are in.
    var faults: [String]
    /// What happened last, newest first.
    var events: [Event]
    /// One for each second since the drill's start.
    var seconds: [Second]
    var acknowledged: Int
    var failed: Int
}

/// Follows the files of a running drill, and reads only what has come since the last look.
struct LiveReader: Sendable {
    /// The most that one look reads: what comes faster is shown later.
    private static let step = 8 << 20

    private let files: EvidenceFiles
    private let header: DrillHeader
    private var offset = 0
    private var seconds: [LiveDrill.Second] = []
    private var acknowledged = 0
    private var failed = 0

    init?(directory: String, owner: UInt32) {
        guard let files = try? EvidenceFiles(directory, owner: owner),
            let bytes = try? files.bytes("header.json"),
            let header = try? JSONDecoder().decode(DrillHeader.self, from: Data(bytes))
        else { return nil }
        self.files = files
        self.header = header
    }

    /// Reads what is new, and says how the drill stands.
    mutating func look() -> LiveDrill {
        readHistory()
        let events = readEvents()
        var faults: [String] = []
        var phase = "starting"
        for event in events {
            switch event.kind {
            case .phaseStarted: phase = event.subject
            case .faultInjected: faults.append(event.subject)
            case .faultReverted: faults.removeAll { $0 == event.subject }
            default: break
            }
        }
        return LiveDrill(
            header: header, phase: phase, faults: faults, events: events.suffix(8).reversed(),
            seconds: seconds, acknowledged: acknowledged, failed: failed)
    }

    private func readEvents() -> [Event] {
        guard let bytes = try? files.bytes("events.jsonl", limit: 4 << 20) else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONDecoder().decode(Event.self, from: Data($0))
        }
    }

    private mutating func readHistory() {
        guard let bytes = try? files.bytes("history.jsonl", from: offset, limit: Self.step),
            let end = bytes.lastIndex(of: UInt8(ascii: "\n"))
        else { return }
        offset += end + 1
        for line in bytes[..<end].split(separator: UInt8(ascii: "\n")) {
            if let operation = Operation(recorded: line), operation.kind == .enqueue {
                count(operation)
            }
        }
    }

    private mutating func count(_ operation: Operation) {
        let second = Int(operation.ended.seconds)
        // A day of load is the most that is kept; a time beyond it is damage.
        guard (0..<86_400).contains(second) else { return }
        while seconds.count <= second { seconds.append(LiveDrill.Second()) }
        guard operation.outcome == .ok else {
            failed += 1
            seconds[second].failed += 1
            return
        }
        acknowledged += 1
        seconds[second].acknowledged += 1
        let slowest = seconds[second].slowest ?? operation.latency
        seconds[second].slowest = max(slowest, operation.latency)
    }
}

import Records

/// When a fault was in, and whom it hit.
struct FaultWindow: Equatable {
    var fault: FaultRecord
    var start: DrillTime
    /// When it was out again; nil for a fault that never was taken out.
    var end: DrillTime?

    /// The window of a fault that went in; nil for one that never did.
    ///
    /// A kill without a restart is over at once: there is nothing to take out.
    init?(_ fault: FaultRecord) {
        guard let start = fault.injectedAt else { return nil }
        self.fault = fault
        self.start = start
        let out = fault.revertedAt ?? fault.verifiedAt
        end = out.map { max($0, start) } ?? (Self.isInstant(fault) ? start : nil)
    }

    private static func isInstant(_ fault: FaultRecord) -> Bool {
        fault.kind == "process.kill" && !fault.isPausingKill
    }

    /// `f2 process.kill`.
    var title: String { "\(fault.identifier) \(fault.name)" }

    var isNetwork: Bool { fault.kind.hasPrefix("network.") }
    /// Whether it ended processes.
    var isKill: Bool { fault.endsProcesses }

    /// The nodes that it took out of the service: killed ones, paused ones, and those cut off from
    /// all others.
    var removedNodes: [String] {
        if isKill || fault.kind == "process.pause" || fault.isPausingKill { return nodes }
        guard fault.kind == "network.partition" else { return [] }
        return fault.requested.filter { $0.name == "isolated" }
            .compactMap { $0.text?.split(separator: " ").last.map(String.init) }
    }

    /// The nodes that it hit, read from the exact objects: `node a, pid 4711 started 8123456`.
    var nodes: [String] {
        var names: [String] = []
        for object in fault.objects {
            let words = object.split(whereSeparator: { " ,:;()".contains($0) })
            for (word, next) in zip(words, words.dropFirst()) where word == "node" {
                if !names.contains(String(next)) { names.append(String(next)) }
            }
        }
        return names
    }

    /// The window as a range up to `horizon`, never empty.
    func range(until horizon: DrillTime) -> Range<DrillTime> {
        let end = max(self.end ?? horizon, start)
        return start..<(end + Nanoseconds(1))
    }
}

extension FaultRecord {
    /// Whether it ended the processes that it was aimed at: by its kind, and a signal by its name
    /// or by what was seen.
    var endsProcesses: Bool {
        if kind == "process.kill" { return isEndingKill }
        return [
            "process.crash_loop", "power.loss", "disk.corrupt", "disk.read_only",
        ].contains(kind) || kind == "clock.skew" && backend == "time namespace"
    }

    /// Whether its signal made processes stand still for a while.
    var isPausingKill: Bool {
        kind == "process.kill" && requested.contains { $0.name == "pause" }
    }

    private var isEndingKill: Bool {
        guard !isPausingKill else { return false }
        guard let signal = requested.first(where: { $0.name == "signal" })?.text else {
            return true
        }
        return Self.endingSignals.contains(signal)
            || achieved.contains { $0.confirmed && $0.during?.name == "signal to end" }
    }

    /// Those that a fault sends to end a process; of others it is seen what they did.
    private static let endingSignals: Set<String> = [
        "SIGKILL", "SIGTERM", "SIGINT", "SIGQUIT", "SIGABRT", "SIGSEGV",
    ]

    /// Whether an end at this time can be its doing.
    func mayHaveEnded(at time: DrillTime) -> Bool {
        if let start = acknowledgedAt ?? recordedAt ?? injectedAt, time < start { return false }
        guard let end = verifiedAt ?? revertedAt else { return true }
        return time <= end + Self.lateness
    }

    /// How much later than it happened the end of a process may have been noticed.
    private static let lateness = Nanoseconds(5_000_000_000)
}

extension JudgedEvidence {
    /// The windows of the faults that went in, in the order of their injection.
    var faultWindows: [FaultWindow] {
        faults.compactMap(FaultWindow.init).sorted { $0.start < $1.start }
    }
}

import Kernel
import Records

extension HistoryDatabase {
    /// What an import did.
    public struct ImportResult: Sendable, Equatable {
        /// Drills that were taken in, or read again because they had not ended the last time.
        public var imported: Int
        /// Directories that cannot be read, each with the reason.
        public var failures: [String]
    }

    /// Takes in the drills below these directories that the history does not know to their end.
    ///
    /// It can be repeated at will: a drill that has ended is read once. Cancelling the task stops it
    /// between two drills.
    public func importDrills(from places: [EvidencePlace]) throws -> ImportResult {
        var result = ImportResult(imported: 0, failures: [])
        for place in places {
            let known = try knownDrills(below: place.path)
            let unknown = Descriptor.names(in: place.path).filter {
                DrillFiles.isIdentifier($0) && !known.contains($0)
            }
            for batch in unknown.sorted().chunks(of: 64) {
                guard !Task.isCancelled else { return result }
                try take(batch, of: place, into: &result)
            }
        }
        return result
    }

    /// The names of the drills below a directory that need not be read again.
    private func knownDrills(below path: String) throws -> Set<String> {
        try storage.read { database in
            try Set(
                database.rows(
                    """
                    SELECT identifier FROM drill
                    WHERE directory >= ? AND directory < ? AND complete = 1
                    """, [.text("\(path)/"), .text("\(path)0")]
                ).map { $0.text("identifier") })
        }
    }

    private func take(
        _ names: ArraySlice<String>, of place: EvidencePlace, into result: inout ImportResult
    ) throws {
        var read: [(details: DrillDetails, isComplete: Bool)] = []
        for name in names {
            let path = "\(place.path)/\(name)"
            // The directory of something else, or of a drill that has only just begun.
            guard FileStatus.of("\(path)/header.json") != nil else { continue }
            do {
                let files = DrillFiles(try EvidenceFiles(path, owner: place.owner))
                // Asked first: what is written in between is then read once more.
                let isComplete = files.isComplete
                read.append((try files.details(), isComplete))
            } catch {
                result.failures.append("\(error)")
            }
        }
        try storage.write { database in
            for (details, isComplete) in read {
                if try Self.store(details, isComplete: isComplete, in: database) {
                    result.imported += 1
                }
            }
        }
    }

    /// Writes a drill; false when it is there unchanged, or another one has its name.
    private static func store(
        _ details: DrillDetails, isComplete: Bool, in database: any HistoryConnection
    ) throws -> Bool {
        let entry = details.entry
        if let row = try database.rows(
            """
            SELECT id, directory, "user", host, outcome, complete FROM drill WHERE identifier = ?
            """, [.text(entry.identifier)]
        ).first {
            let directory = row.text("directory")
            let isMoved = directory != entry.directory
            // A name that somebody else has used already is that one's.
            let isSame = row.integer("user") == Int64(entry.user) && row.text("host") == entry.host
            if isMoved, FileStatus.of(directory) != nil || !isSame { return false }
            if !isMoved, row.textIfAny("outcome") == entry.outcome?.rawValue,
                row.flag("complete") == isComplete
            {
                return false
            }
            try database.rows("DELETE FROM drill WHERE id = ?", [.integer(row.integer("id"))])
        }
        return try insert(details, isComplete: isComplete, in: database)
    }

    /// Inserts a drill; false when another process has done so just now.
    private static func insert(
        _ details: DrillDetails, isComplete: Bool, in database: any HistoryConnection
    ) throws -> Bool {
        let row = try database.rows(
            """
            INSERT INTO drill (identifier, playbook, title, hypothesis, tags, hash, seed, target,
                host, kernel, firedrill, "user", started, duration, outcome, reason, precondition,
                injection, hypothesis_status, undo, command, directory, complete)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (identifier) DO NOTHING RETURNING id
            """, values(of: details.entry, isComplete: isComplete)
        ).first
        guard let row else { return false }
        let drill = HistoryValue.integer(row.integer("id"))
        for figure in details.figures {
            try database.rows(
                "INSERT INTO figure VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [
                    drill, .text(figure.name), .real(figure.value), .text(figure.unit.rawValue),
                    HistoryValue(figure.limit),
                ])
        }
        for (position, check) in details.checks.enumerated() {
            try database.rows(
                "INSERT INTO judgement VALUES (?, ?, ?, ?, ?)",
                [
                    drill, HistoryValue(position), .text(check.name), .text(check.status.rawValue),
                    .text(check.sentence),
                ])
        }
        for (position, fault) in details.faults.enumerated() {
            let words = [
                fault.identifier, fault.kind, fault.backend, fault.injection.rawValue,
                fault.undo.rawValue, fault.undoneBy.rawValue,
            ]
            try database.rows(
                "INSERT INTO fault VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [drill, HistoryValue(position)] + words.map(HistoryValue.text))
        }
        return true
    }

    /// The values of a row of `drill`, in the order of its columns.
    private static func values(of entry: DrillEntry, isComplete: Bool) -> [HistoryValue] {
        let words = [
            entry.identifier, entry.playbook, entry.title, entry.hypothesis,
            entry.tags.joined(separator: "\n"), entry.playbookHash,
        ]
        let axes = [
            entry.axes.precondition?.rawValue, entry.axes.injection?.rawValue,
            entry.axes.hypothesis?.rawValue, entry.axes.undo?.rawValue,
        ]
        return words.map(HistoryValue.text) + [.integer(Int64(bitPattern: entry.seed))]
            + [entry.target, entry.host, entry.kernel, entry.firedrill].map(HistoryValue.text)
            + [
                .integer(Int64(entry.user)), .integer(entry.startedAt),
                HistoryValue(entry.duration?.count), HistoryValue(entry.outcome?.rawValue),
                .text(entry.reason),
            ] + axes.map { HistoryValue($0) }
            + [.text(entry.command), .text(entry.directory), HistoryValue(isComplete)]
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}

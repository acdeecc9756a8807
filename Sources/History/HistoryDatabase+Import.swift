import GRDB
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
        try pool.read { database in
            try Set(
                String.fetchAll(
                    database,
                    sql: """
                        SELECT identifier FROM drill
                        WHERE directory >= ? AND directory < ? AND complete
                        """, arguments: ["\(path)/", "\(path)0"]))
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
        try pool.write { database in
            for (details, isComplete) in read {
                if try Self.store(details, isComplete: isComplete, in: database) {
                    result.imported += 1
                }
            }
        }
    }

    /// Writes a drill; false when it is there unchanged, or another one has its name.
    private static func store(
        _ details: DrillDetails, isComplete: Bool, in database: Database
    ) throws -> Bool {
        let entry = details.entry
        if let row = try Row.fetchOne(
            database,
            sql: "SELECT id, directory, user, outcome, complete FROM drill WHERE identifier = ?",
            arguments: [entry.identifier])
        {
            let (user, outcome): (UInt32, String?) = (row["user"], row["outcome"])
            let isMoved = row["directory"] != entry.directory
            // A name that somebody else has used already is that one's.
            if isMoved, FileStatus.of(row["directory"]) != nil || user != entry.user {
                return false
            }
            if !isMoved, outcome == entry.outcome?.rawValue, row["complete"] == isComplete {
                return false
            }
            try database.execute(
                sql: "DELETE FROM drill WHERE id = ?", arguments: [row["id"] as Int64])
        }
        try insert(details, isComplete: isComplete, in: database)
        return true
    }

    private static func insert(
        _ details: DrillDetails, isComplete: Bool, in database: Database
    ) throws {
        let entry = details.entry
        try database.execute(
            sql: """
                INSERT INTO drill (identifier, playbook, title, hypothesis, tags, hash, seed, target,
                    host, kernel, firedrill, user, started, duration, outcome, reason, precondition,
                    injection, hypothesis_status, undo, command, directory, complete)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                entry.identifier, entry.playbook, entry.title, entry.hypothesis,
                entry.tags.joined(separator: "\n"), entry.playbookHash,
                Int64(bitPattern: entry.seed), entry.target, entry.host, entry.kernel,
                entry.firedrill, entry.user, entry.startedAt, entry.duration?.count,
                entry.outcome?.rawValue, entry.reason, entry.axes.precondition?.rawValue,
                entry.axes.injection?.rawValue, entry.axes.hypothesis?.rawValue,
                entry.axes.undo?.rawValue, entry.command, entry.directory, isComplete,
            ])
        let drill = database.lastInsertedRowID
        for figure in details.figures {
            try database.execute(
                sql: "INSERT OR IGNORE INTO figure VALUES (?, ?, ?, ?, ?)",
                arguments: [drill, figure.name, figure.value, figure.unit.rawValue, figure.limit])
        }
        for (position, check) in details.checks.enumerated() {
            try database.execute(
                sql: "INSERT INTO judgement VALUES (?, ?, ?, ?, ?)",
                arguments: [drill, position, check.name, check.status.rawValue, check.sentence])
        }
        for (position, fault) in details.faults.enumerated() {
            try database.execute(
                sql: "INSERT INTO fault VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    drill, position, fault.identifier, fault.kind, fault.backend,
                    fault.injection.rawValue, fault.undo.rawValue, fault.undoneBy.rawValue,
                ])
        }
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}

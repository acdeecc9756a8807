import Glibc
import Kernel
public import Records

/// `firedrill revert`: takes out what dead drills left on record.
public struct Reversion: Sendable {
    /// What was found of one drill.
    public struct Finding: Sendable, Equatable {
        public enum State: String, Sendable, Codable {
            /// The drill runs; its journal was left alone.
            case living
            /// Everything is out and verified; the journal has been removed.
            case clean
            /// Something could not be taken out; the journal stays.
            case residual
            /// The journal cannot be relied on; what it still says was done, and it stays.
            case damaged
        }

        public var drill: String
        public var state: State
        /// What was taken out, by the guardian before or by this run, in that order.
        public var undone: [UndoneRecord]
        /// What is wrong with the journal; one sentence each.
        public var damage: [String]
        /// What the guardian did beside taking things out, and why; one sentence each.
        public var notes: [String] = []
    }

    /// How long a guardian that is at work is waited for.
    private static let lockBound = Duration.seconds(15)

    let directory: StateDirectory
    /// Whether somebody else does it, with the rights of the directory's owner: no service is started.
    private var isForOther = false
    /// Until when others' locks are waited for, all of them together; nil for each its own time.
    private var lockDeadline: ContinuousClock.Instant?

    /// Opens a state directory, see ``StateDirectory/standardPath(environment:)``.
    ///
    /// - Parameters:
    ///   - path: the directory, of the user whose rights this process has now.
    ///   - isForOther: whether it was not that user who asked; no service is then started again.
    public init(directory path: String, isForOther: Bool = false) throws {
        directory = try StateDirectory(path)
        self.isForOther = isForOther
        lockDeadline = isForOther ? ContinuousClock.now + .seconds(15) : nil
    }

    init(directory: StateDirectory) {
        self.directory = directory
    }

    /// Goes through every journal; idempotent, and safe beside running drills and their guardians.
    ///
    /// Blocks, at most a few seconds a drill.
    public func run() -> [Finding] {
        directory.drills.map { revert($0) }
    }

    /// Takes out what this process's own drill left, its guardian being gone.
    func settle(_ drill: String) -> [UndoneRecord] {
        revert(drill, own: true).undone
    }

    func revert(_ drill: String, own: Bool = false) -> Finding {
        do {
            let journal = StateDirectory.journal(of: drill)
            let contents = try JournalFile.read(journal, in: directory)
            let boot = BootIdentifier.current
            if let header = contents.header, !own, header.boot == boot,
                ProcessTable.isAlive(header.process)
            {
                return Finding(drill: drill, state: .living, undone: [], damage: [])
            }
            var undone = try JournalFile(undoneOf: drill, in: directory)
            // Its guardian, or the standby, holds the lock for as long as it is at work.
            let bound = lockDeadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
            guard try undone.lock(atMost: bound ?? contents.replayBound()) else {
                throw UndoError(
                    attempted: "revert", object: drill, reason: "its guardian is still at work")
            }
            return try revert(
                drill, contents, &undone, own: own, sameBoot: contents.header?.boot == boot)
        } catch {
            return Finding(drill: drill, state: .damaged, undone: [], damage: ["\(error)"])
        }
    }

    private func revert(
        _ drill: String, _ contents: JournalContents, _ undone: inout JournalFile,
        own: Bool, sameBoot: Bool
    ) throws -> Finding {
        let before = try undone.contents()
        let all = contents.openRecords(replayed: before.undone)
        let open = all.filter { sameBoot || $0.reversal.outlivesBoot }
        var damage = contents.damage + before.damage
        if contents.header == nil {
            damage.append("the journal has no header")
            damage += all.filter { !$0.reversal.outlivesBoot }.map {
                "left alone, for nothing that can be read says of which boot it is: \($0.summary)"
            }
        }
        let ending = own ? ProcessTable.identity(of: getpid()) : nil
        let gone = all.filter { record in !open.contains(record) }
        let ended = contents.header == nil ? [] : gone.map(UndoneRecord.init(goneWithReboot:))
        for record in ended { _ = try? undone.append(.undone(record)) }
        let replay = Replay(
            actor: .revert, ending: ending, isOfEarlierBoot: !sameBoot,
            startsServices: !isForOther)
        let results = ended + replay.run(open, notes: &undone)
        // An earlier failure of a record that this run has taken out no longer counts.
        let settled = Set(results.filter(\.isClean).map(\.identifier))
        let history = before.undone.filter { $0.isClean || !settled.contains($0.identifier) }
        let isResidual = results.contains { !$0.isClean }
        // A standby that was waiting for the lock shall not try the same again.
        if isResidual { _ = try? undone.append(.spent) }
        let state: Finding.State =
            !damage.isEmpty ? .damaged : isResidual ? .residual : .clean
        var notes = before.notes
        do {
            // A drill that lives tells by itself what became of it.
            let evidence = own ? nil : contents.header?.evidence
            try evidence?.add(
                undone.contents().undoneEntries, isOfEarlierBoot: !sameBoot)
        } catch {
            // The journals are there to undo by: what the evidence lacks must not keep a drill out.
            notes.append("its evidence does not say what was undone: \(error)")
        }
        if state == .clean { removeAll(of: drill) }
        return Finding(
            drill: drill, state: state, undone: history + results, damage: damage, notes: notes)
    }

    /// Does so in the first of several state directories that has a journal of the drill.
    public static func forget(_ drill: String, in paths: [String]) throws -> Finding {
        let holders = paths.filter {
            UndoJournal.isFileName(drill)
                && FileStatus.of("\($0)/\(StateDirectory.journal(of: drill))") != nil
        }
        guard let path = holders.first else {
            throw UndoError(
                attempted: "forget", object: "drill \(drill)",
                reason: "there is no journal of it in " + paths.joined(separator: ", "))
        }
        return try Reversion(directory: path).forget(drill)
    }

    /// Reverts what can be, and removes the journals whatever they say: somebody has looked.
    ///
    /// Throws when there is no such journal, when the drill runs, and when its guardian is at work.
    public func forget(_ drill: String) throws -> Finding {
        func refusal(_ reason: String) -> UndoError {
            UndoError(attempted: "forget", object: "drill \(drill)", reason: reason)
        }
        guard UndoJournal.isFileName(drill), directory.drills.contains(drill) else {
            throw refusal("there is no journal of it in \(directory.path)")
        }
        let finding = revert(drill)
        guard finding.state != .living else { throw refusal("it runs") }
        guard finding.state != .clean else { return finding }
        // What lies in its place may be nothing that could be opened.
        var undone = try? JournalFile(undoneOf: drill, in: directory)
        guard try undone?.lock(atMost: Self.lockBound) != false else {
            throw refusal("its guardian is still at work")
        }
        let text =
            "user \(geteuid()) had its journal removed with this left: "
            + (finding.damage + finding.undone.filter { !$0.isClean }.map(\.summary))
            .joined(separator: "; ")
        _ = try? undone?.append(.note(text))
        let journal = StateDirectory.journal(of: drill)
        if let header = try? JournalFile.read(journal, in: directory).header {
            try? header.evidence?.add(
                [.note(text)], isOfEarlierBoot: header.boot != BootIdentifier.current)
        }
        removeAll(of: drill)
        return finding
    }

    /// Removes the drill's journals, and the names of locks that it no longer holds.
    private func removeAll(of drill: String) {
        directory.removeJournals(of: drill)
        ResourceLocks.sweep(directory.path, of: drill)
    }
}

extension UndoneRecord {
    /// Says of a record that what it is about ended with the kernel that it was in; nothing is
    /// touched for it.
    init(goneWithReboot record: UndoRecord) {
        self.init(
            identifier: record.identifier, summary: record.summary, by: .revert,
            startedAt: MonotonicClock.now, duration: Nanoseconds(Int64(0)),
            comparisons: [
                Comparison(
                    what: record.summary, before: "to be undone", after: "gone with the reboot",
                    isSame: true)
            ], isKernels: true)
    }
}

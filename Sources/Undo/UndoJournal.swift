import Glibc
public import Kernel
public import Records

/// The drill's undo records on disk, and the two processes that follow them.
///
/// The guardian takes everything out when the drill dies, and the standby does when both die. Two
/// files: `DRILL.journal`, which the drill appends to, and `DRILL.undone`, in which the guardian, the
/// standby or `firedrill revert` writes what it took out. Each has one writer at a time.
public actor UndoJournal: UndoStack {
    /// How long the guardian may take to acknowledge a record, and either process to start.
    private static let acknowledgementBound = Duration.seconds(5)
    /// How long either process may take for its last act.
    private static let endBound = Duration.seconds(15)

    /// The path of the drill's journal.
    public nonisolated let path: String

    private nonisolated let guardianProcess: GuardianProcess
    private nonisolated let standbyProcess: GuardianProcess
    private let directory: StateDirectory
    private let drill: String
    private let redact: @Sendable (String) -> String
    private var file: JournalFile
    private var isFinished = false
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Creates the journal of a drill, starts its guardian and the standby, and returns when both
    /// watch.
    ///
    /// - Parameters:
    ///   - directory: the state directory, see ``StateDirectory/standardPath(environment:)``.
    ///   - drill: the drill's identifier: letters, digits, `.`, `_` and `-`.
    ///   - guardianExecutable: the absolute path of `firedrill-guardian`.
    ///   - evidence: the directory to which is added what others undo for the drill; nil for none.
    ///   - redact: takes secrets out of what others write down of a record.
    public static func start(
        directory: String, drill: String, guardianExecutable: String, evidence: String? = nil,
        redact: @escaping @Sendable (String) -> String = { $0 }
    ) async throws -> UndoJournal {
        guard isFileName(drill), let process = ProcessTable.identity(of: getpid()) else {
            throw UndoError(
                attempted: "start the journal of", object: "drill '\(drill)'",
                reason: "this is no file name", remedy: "use letters, digits, '.', '_' and '-'")
        }
        let state = try StateDirectory(directory)
        let header = JournalHeader(
            drill: drill, process: process, boot: BootIdentifier.current,
            evidence: evidence.flatMap { DrillEvidence($0) })
        let file = try JournalFile(
            creating: StateDirectory.journal(of: drill), in: state, first: .header(header))
        var started: [GuardianProcess] = []
        do {
            let guardian = try GuardianProcess.start(guardianExecutable, arguments: [file.path])
            started.append(guardian)
            // It starts while the guardian does, and knows it whatever becomes of it meanwhile.
            let standby = try GuardianProcess.start(
                guardianExecutable,
                arguments: [
                    Guardian.standbyOption, file.path, "\(guardian.identity.pid)",
                    "\(guardian.identity.startTime)",
                ])
            started.append(standby)
            let journal = UndoJournal(
                directory: state, drill: drill, file: file, guardian: guardian, standby: standby,
                redact: redact)
            try await journal.awaitGuardians()
            return journal
        } catch {
            // The standby first: it would take the guardian's place.
            for process in started.reversed() { await process.end(within: .zero) }
            state.removeJournals(of: drill)
            throw error
        }
    }

    static func isFileName(_ drill: String) -> Bool {
        !drill.isEmpty && !drill.hasPrefix(".") && drill.utf8.count <= 128
            && drill.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5a).contains($0)
                    || (0x61...0x7a).contains($0) || [0x2d, 0x2e, 0x5f].contains($0)
            }
    }

    private init(
        directory: StateDirectory, drill: String, file: JournalFile, guardian: GuardianProcess,
        standby: GuardianProcess, redact: @escaping @Sendable (String) -> String
    ) {
        self.redact = redact
        self.directory = directory
        self.drill = drill
        self.file = file
        path = file.path
        (guardianProcess, standbyProcess) = (guardian, standby)
    }

    /// The guardian's process.
    public nonisolated var guardian: ProcessIdentity { guardianProcess.identity }

    /// The process that takes the guardian's place when that has died.
    public nonisolated var standby: ProcessIdentity { standbyProcess.identity }

    private func awaitGuardians() async throws {
        for process in [guardianProcess, standbyProcess] {
            try await acknowledgement(of: GuardianLink.ready, by: process)
        }
    }

    public func push(_ record: UndoRecord) async throws -> UndoReceipt {
        guard standbyProcess.isStaying || isFinished else {
            throw guardianError("has lost its standby")
        }
        return try await write { _ in .push(try written(record)) }
    }

    public func update(_ record: UndoRecord) async throws {
        _ = try await write { _ in .update(try written(record)) }
    }

    public func postpone(_ identifier: String, until deadline: Int64) async throws {
        _ = try await write { file in
            let open = try file.contents().openRecords()
            guard var record = open.first(where: { $0.identifier == identifier }) else {
                throw UndoError(
                    attempted: "postpone the deadline of", object: identifier,
                    reason: "no such record is open")
            }
            record.deadline = deadline
            return .update(record)
        }
    }

    private func written(_ record: UndoRecord) throws -> UndoRecord {
        var record = record
        record.summary = redact(record.summary)
        record.reversal = try record.reversal.titled(redact).inOwnNetwork()
        return record
    }

    public func close(_ identifier: String) async throws {
        await enter()
        defer { leave() }
        try checkIsOpen()
        _ = try file.append(.close(identifier))
    }

    public func isGuarded() async -> Bool {
        !isFinished && guardianProcess.isStaying && standbyProcess.isStaying
    }

    /// What the guardian has taken out although the drill lives: records whose deadline lapsed.
    public func undone() throws -> [UndoneRecord] {
        try JournalFile.read(StateDirectory.undoneJournal(of: drill), in: directory).undone
    }

    /// Suspends until the guardian ends; returns whether it did so before ``finish()``.
    ///
    /// From then on no fault may be injected. False as well when the task was cancelled.
    public nonisolated func guardianDied() async -> Bool {
        guard await guardianProcess.ended() else { return false }
        return await !isFinished
    }

    /// Suspends until the guardian or its standby has died or been told to end; false when
    /// ``finish()`` came first.
    ///
    /// From then on no fault may be injected: the other one is there for those that are in, so that
    /// the drill can take them out in its own order. False as well when the task was cancelled.
    public nonisolated func guardianLeaves() async -> Bool {
        let isLeft = await withTaskGroup(of: Bool.self) { group in
            for process in [guardianProcess, standbyProcess] {
                group.addTask { await process.leaves() }
            }
            let isLeft = await group.next() ?? false
            group.cancelAll()
            return isLeft
        }
        guard isLeft else { return false }
        return await !isFinished
    }

    /// Ends the guardian, which first takes out what is still on record, then the standby, and
    /// removes the journal.
    ///
    /// Returns everything that somebody other than the drill took out; the journal stays for
    /// `firedrill revert` when one of them is not clean.
    public func finish() async -> [UndoneRecord] {
        await enter()
        defer { leave() }
        guard !isFinished else { return [] }
        isFinished = true
        for process in [guardianProcess, standbyProcess] { _ = process.tell(GuardianLink.finish) }
        let bound = (try? file.contents())?.replayBound() ?? Self.endBound
        // In this order: the standby ends after the guardian, or does its work.
        for process in [guardianProcess, standbyProcess] {
            await process.end(within: bound)
        }
        return Reversion(directory: directory).settle(drill)
    }

    private func write(
        _ entry: (borrowing JournalFile) throws -> JournalEntry
    ) async throws -> UndoReceipt {
        await enter()
        defer { leave() }
        try checkIsOpen()
        let sequence = try file.append(try entry(file))
        let recordedAt = MonotonicClock.now
        guard guardianProcess.tell(sequence) else { throw guardianError("is gone") }
        try await acknowledgement(of: sequence, by: guardianProcess)
        return UndoReceipt(recordedAt: recordedAt, acknowledgedAt: MonotonicClock.now)
    }

    private func acknowledgement(of sequence: UInt64, by process: GuardianProcess) async throws {
        if let reason = await process.refusal(of: sequence, within: Self.acknowledgementBound) {
            throw guardianError(reason)
        }
    }

    private func checkIsOpen() throws {
        guard !isFinished else {
            throw UndoError(
                attempted: "write to", object: path, reason: "the drill has finished")
        }
    }

    private func guardianError(_ reason: String) -> UndoError {
        UndoError(
            attempted: "make a record safe in", object: path, reason: "the guardian \(reason)",
            remedy: "inject nothing more; run firedrill revert when the drill has ended")
    }

    /// One writer at a time: an actor alone lets another in during a wait.
    private func enter() async {
        guard isBusy else {
            isBusy = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leave() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
}

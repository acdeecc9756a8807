import Glibc
public import Kernel
public import Records

/// The drill's undo records on disk, and the guardian that follows them.
///
/// Two files: `DRILL.journal`, which the drill appends to, and `DRILL.undone`, in which the guardian
/// or `firedrill revert` writes what it took out. Each has one writer.
public actor UndoJournal: UndoStack {
    /// How long the guardian may take to acknowledge a record, or to start.
    private static let acknowledgementBound = Duration.seconds(5)

    /// The path of the drill's journal.
    public nonisolated let path: String
    /// The guardian's process.
    public nonisolated let guardian: ProcessIdentity

    private nonisolated let guardianProcess: ChildProcess
    private let directory: StateDirectory
    private let drill: String
    private let link: Descriptor
    private nonisolated let vigil: Descriptor
    private let redact: @Sendable (String) -> String
    private var file: JournalFile
    private var isFinished = false
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Creates the journal of a drill, starts its guardian, and returns when the guardian watches.
    ///
    /// - Parameters:
    ///   - directory: the state directory, see ``StateDirectory/standardPath(environment:)``.
    ///   - drill: the drill's identifier: letters, digits, `.`, `_` and `-`.
    ///   - guardianExecutable: the absolute path of `firedrill-guardian`.
    ///   - evidence: the directory to which is added what others undo for the drill; nil for none.
    ///   - redact: takes secrets out of a record's summary.
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
        do {
            let (link, vigil, guardian) = try startGuardian(
                guardianExecutable, journal: file.path)
            let journal = UndoJournal(
                directory: state, drill: drill, file: file, link: link, vigil: vigil,
                guardian: guardian, redact: redact)
            try await journal.awaitGuardian()
            return journal
        } catch {
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

    private static func startGuardian(
        _ executable: String, journal: String
    ) throws -> (Descriptor, Descriptor, ChildProcess) {
        let (ours, theirs) = try GuardianLink.make()
        let (vigil, held) = try GuardianLink.make()
        let quiet = try Descriptor.open("/dev/null", flags: O_RDWR)
        // It must outlive the drill, so it neither dies with it nor shares its session.
        let guardian = try ChildProcess.spawn(
            .init(
                executable: executable, arguments: [journal], workingDirectory: "/",
                standardOutput: quiet.number, standardError: quiet.number, newSession: true,
                diesWithParent: false,
                inheritedDescriptors: [
                    GuardianLink.descriptor: theirs.number, GuardianLink.vigil: held.number,
                ]))
        return (ours, vigil, guardian)
    }

    private init(
        directory: StateDirectory, drill: String, file: JournalFile, link: Descriptor,
        vigil: Descriptor, guardian: ChildProcess, redact: @escaping @Sendable (String) -> String
    ) {
        self.redact = redact
        self.directory = directory
        self.drill = drill
        self.file = file
        self.link = link
        self.vigil = vigil
        path = file.path
        guardianProcess = guardian
        self.guardian = guardian.identity
    }

    private func awaitGuardian() async throws {
        do {
            try await acknowledgement(of: GuardianLink.ready)
        } catch {
            _ = await guardianProcess.terminate(grace: .zero)
            throw error
        }
    }

    public func push(_ record: UndoRecord) async throws -> UndoReceipt {
        try await write(.push(redacted(record)))
    }

    public func update(_ record: UndoRecord) async throws {
        _ = try await write(.update(redacted(record)))
    }

    private func redacted(_ record: UndoRecord) -> UndoRecord {
        var record = record
        record.summary = redact(record.summary)
        return record
    }

    public func close(_ identifier: String) async throws {
        await enter()
        defer { leave() }
        try checkIsOpen()
        _ = try file.append(.close(identifier))
    }

    public func isGuarded() async -> Bool {
        var polled = pollfd(fd: vigil.number, events: Int16(POLLIN), revents: 0)
        return !isFinished && guardianProcess.status == nil && poll(&polled, 1, 0) == 0
    }

    /// What the guardian has taken out although the drill lives: records whose deadline lapsed.
    public func undone() throws -> [UndoneRecord] {
        try JournalFile.read(StateDirectory.undoneJournal(of: drill), in: directory).undone
    }

    /// Suspends until the guardian ends; returns whether it did so before ``finish()``.
    ///
    /// From then on no fault may be injected: nobody would take it out. False as well when the task
    /// was cancelled.
    public nonisolated func guardianDied() async -> Bool {
        guard await guardianProcess.wait(atMost: .seconds(1 << 30)) != nil else { return false }
        return await !isFinished
    }

    /// Suspends until the guardian has died or been told to end; false when ``finish()`` came first.
    ///
    /// One that was told to end stays for a while, so that the drill can take its faults out in its
    /// own order. From then on none may be injected. False as well when the task was cancelled.
    public nonisolated func guardianLeaves() async -> Bool {
        guard await Readiness.wait(for: vigil.number, atMost: .seconds(1 << 30)) else {
            return false
        }
        return await !isFinished
    }

    /// Ends the guardian, which first takes out what is still on record, and removes the journal.
    ///
    /// Returns everything that somebody other than the drill took out; the journal stays for
    /// `firedrill revert` when one of them is not clean.
    public func finish() async -> [UndoneRecord] {
        await enter()
        defer { leave() }
        guard !isFinished else { return [] }
        isFinished = true
        _ = GuardianLink.send(GuardianLink.finish, over: link)
        if await guardianProcess.wait(atMost: .seconds(15)) == nil {
            _ = await guardianProcess.terminate(grace: .zero)
        }
        return Reversion(directory: directory).settle(drill)
    }

    private func write(_ entry: JournalEntry) async throws -> UndoReceipt {
        await enter()
        defer { leave() }
        try checkIsOpen()
        let sequence = try file.append(entry)
        let recordedAt = MonotonicClock.now
        guard GuardianLink.send(sequence, over: link) else { throw guardianError("is gone") }
        try await acknowledgement(of: sequence)
        return UndoReceipt(recordedAt: recordedAt, acknowledgedAt: MonotonicClock.now)
    }

    private func acknowledgement(of sequence: UInt64) async throws {
        let deadline = ContinuousClock.now + Self.acknowledgementBound
        while true {
            switch GuardianLink.receive(from: link) {
            // A late answer to an earlier record, whose push has thrown, is passed over.
            case .number(let number) where number == sequence: return
            case .number(GuardianLink.refusal): throw guardianError("cannot read it")
            case .number: break
            case .closed: throw guardianError("is gone")
            case .nothing:
                let left = ContinuousClock.now.duration(to: deadline)
                guard left > .zero else { throw guardianError("does not answer") }
                // A cancelled task still learns whether its record is safe.
                let number = link.number
                _ = await Task { await Readiness.wait(for: number, atMost: left) }.value
            }
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

import Glibc
import Kernel
import Records

/// The process that takes every fault out when the drill dies.
///
/// It follows the drill's journal, and replays what is open when the drill's end of their link
/// closes, the drill's process ends, or a record's deadline lapses. Told to end by SIGTERM it lets
/// the drill undo first. What only the drill's end takes out it has the kernel take out, by SIGKILL
/// to the drill, when the drill does not in time.
public final class Guardian {
    /// How long a drill may go without closing a record, once this was told to end.
    private static let patience: Int64 = 10_000_000_000
    /// How long it may take in all for its own undo then.
    private static let longestPatience: Int64 = 60_000_000_000

    private let post: GuardianPost
    private let process: ProcessHandle
    /// Since when the drill is left time for its own undo; nil until SIGTERM.
    private var leaving: (since: Int64, lastSequence: UInt64, seenAt: Int64)?
    private var undone: JournalFile
    private var contents: JournalContents
    private var results: [UndoneRecord] = []
    /// Whether the drill has asked for the end, and so tells by itself what comes of it.
    private var isAsked = false
    /// What is to be told before the first thing that is taken out; nil when it has been.
    private var introduction: String?

    /// Takes up a post, and begins the account of what others than the drill undo.
    init(_ post: GuardianPost) throws {
        self.post = post
        undone = try JournalFile(
            creating: StateDirectory.undoneJournal(of: post.drill), in: post.directory, first: nil)
        guard try undone.lock(atMost: .zero) else {
            throw UndoError(
                attempted: "watch over", object: post.journal, reason: "another guardian does")
        }
        do {
            // Read under the lock: a revert that was faster has removed the journal by now.
            contents = try post.contents()
            process = try ProcessHandle(try post.header(in: contents).process)
        } catch {
            post.directory.removeUndoneJournal(of: post.drill)
            throw error
        }
    }

    /// Takes up the post of a guardian that has died.
    ///
    /// - Parameters:
    ///   - undone: its account, locked.
    ///   - process: the drill's.
    ///   - isAsked: whether the drill has asked for the end.
    init(
        _ post: GuardianPost, succeedingIn undone: JournalFile, process: ProcessHandle,
        isAsked: Bool
    ) throws {
        self.post = post
        self.undone = undone
        self.process = process
        self.isAsked = isAsked
        contents = try post.contents()
        results = try undone.contents().undone
        introduction = "the guardian had died, and the drill's standby took its place"
        if !post.isKept { leave() }
    }

    /// Tells the drill that it may rely on this, and watches over it; returns as ``watch()`` does.
    func begin() throws -> Int32 {
        guard GuardianLink.send(GuardianLink.ready, over: post.link) else { return finish() }
        return try watch()
    }

    /// Watches over the drill until it is done or dead and everything is out.
    ///
    /// Returns 0 when nothing is left, 5 for residue.
    func watch() throws -> Int32 {
        if isAsked { return finish() }
        while true {
            // A number below zero is passed over (poll(2)): SIGTERM is heard once.
            let told = leaving == nil ? post.terminate.number : -1
            var polled = [post.link.number, process.descriptor, told].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            let count = poll(&polled, 3, timeout)
            guard count >= 0 || errno == EINTR else {
                throw KernelError(call: "poll", object: "the drill", reason: .errno(errno))
            }
            if polled[0].revents != 0, !takeMessages() { return finish() }
            if polled[1].revents != 0 { return finish() }
            if polled[2].revents != 0 { leave() }
            if undoLapsed() || isLate() { return finish() }
        }
    }

    /// Milliseconds until the next deadline may lapse.
    ///
    /// At most half a second at a time, for poll(2) stands still while the machine is suspended and
    /// CLOCK_BOOTTIME does not.
    private var timeout: Int32 {
        if leaving != nil { return 500 }
        guard let deadline = pending.compactMap(\.deadline).min() else { return -1 }
        return Int32(min(500, max(0, deadline - BootClock.now) / 1_000_000 + 1))
    }

    /// Tells the drill that nobody will watch over it any longer, and leaves it time.
    private func leave() {
        read()
        leaving = (BootClock.now, contents.lastSequence, BootClock.now)
        post.leave()
    }

    /// Whether the drill, told that this leaves, does not get on with its own undo.
    private func isLate() -> Bool {
        guard let leaving else { return false }
        read()
        let now = BootClock.now
        if contents.lastSequence != leaving.lastSequence {
            self.leaving = (leaving.since, contents.lastSequence, now)
        }
        guard
            now - leaving.since > Self.longestPatience
                || now - (self.leaving?.seenAt ?? now) > Self.patience
        else { return false }
        if pending.contains(where: \.reversal.needsDrillsEnd) {
            endDrill(because: "its guardian was told to end, and it did not take its faults out")
        }
        return true
    }

    /// Acknowledges what the drill has written; false when the drill is done or gone.
    private func takeMessages() -> Bool {
        while true {
            switch GuardianLink.receive(from: post.link) {
            case .number(GuardianLink.finish):
                isAsked = true
                return false
            case .closed: return false
            case .nothing: return true
            case .number(let sequence):
                read()
                let isKnown = contents.lastSequence >= sequence && contents.damage.isEmpty
                _ = GuardianLink.send(isKnown ? sequence : GuardianLink.refusal, over: post.link)
            }
        }
    }

    private func read() {
        if let now = try? post.contents(after: contents) { contents = now }
    }

    /// Takes out what should long be out; returns whether that took the drill's end.
    private func undoLapsed() -> Bool {
        let now = BootClock.now
        guard pending.contains(where: { $0.hasLapsed(at: now) }) else { return false }
        // The drill does not announce what it closes.
        read()
        let lapsed = pending.filter { $0.hasLapsed(at: now) }
        if let record = lapsed.first(where: \.reversal.needsDrillsEnd) {
            endDrill(
                because: "the deadline of \(record.identifier), \(record.summary), has lapsed, and "
                    + "only the drill's end takes that out")
            return true
        }
        replay(lapsed)
        return false
    }

    /// Kills the drill, with which the kernel takes out what is bound to it, and says why.
    private func endDrill(because reason: String) {
        // First, for it must be known whatever comes next.
        _ = try? undone.append(.note("the guardian killed the drill: \(reason)"))
        do {
            try process.signal(SIGKILL)
            _ = try process.waitForExit(timeout: .seconds(5))
        } catch  where error.reason == .vanished {
        } catch {
            _ = try? undone.append(.note("the drill could not be killed: \(error)"))
        }
    }

    /// Open records not tried yet; one that would not come out waits for the end of the drill.
    private var pending: [UndoRecord] {
        let tried = Set(results.map(\.identifier))
        return contents.openRecords().filter { !tried.contains($0.identifier) }
    }

    private func finish() -> Int32 {
        read()
        replay(contents.openRecords(replayed: results))
        testify()
        guard contents.openRecords(replayed: results).isEmpty, contents.damage.isEmpty else {
            // What did not come out now would not for its standby either.
            _ = try? undone.append(.spent)
            return 5
        }
        // A drill that lives enters itself again.
        DrillRegister.host.remove(post.drill)
        return 0
    }

    /// Adds what came of it to the evidence of a drill that can no longer do so.
    private func testify() {
        // A process that dies closes its descriptors a moment before it has ended.
        guard !isAsked, let place = contents.header?.evidence,
            (try? process.waitForExit(timeout: .seconds(1))) != false
        else { return }
        do {
            try place.add(try undone.contents().undoneEntries)
        } catch {
            _ = try? undone.append(.note("its evidence does not say what was undone: \(error)"))
        }
    }

    private func replay(_ records: [UndoRecord]) {
        if let introduction, !records.isEmpty {
            _ = try? undone.append(.note(introduction))
            self.introduction = nil
        }
        results += Replay(actor: .guardian, ending: isAsked ? process.identity : nil)
            .run(records, notes: &undone)
    }
}

extension UndoRecord {
    /// Whether the guardian takes it out now although the drill lives.
    func hasLapsed(at now: Int64) -> Bool {
        deadline.map { $0 <= now } ?? false
    }
}

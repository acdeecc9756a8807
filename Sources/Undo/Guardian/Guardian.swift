import Glibc
import Kernel

/// The process that takes every fault out when the drill dies.
///
/// It follows the drill's journal, and replays what is open when the drill's end of their link
/// closes, the drill's process ends, SIGTERM arrives, or a record's deadline lapses.
public final class Guardian {
    private let directory: StateDirectory
    private let drill: String
    private let link: Descriptor
    private let process: ProcessHandle
    private let terminate: Descriptor
    private var undone: JournalFile
    private var contents: JournalContents
    private var results: [UndoneRecord] = []

    /// The whole program; returns its exit code: 0 nothing is left, 5 residue, 2 usage, 7 error.
    public static func run(arguments: [String]) -> Int32 {
        guard arguments.count == 2, arguments[1].hasSuffix(StateDirectory.journalSuffix) else {
            print("usage: firedrill-guardian JOURNAL (started by firedrill run)")
            return 2
        }
        do {
            shield()
            return try Guardian(journal: arguments[1]).watch()
        } catch {
            print("firedrill-guardian: \(error)")
            return 7
        }
    }

    /// Makes this process hard to end; all best effort, for without root not all is allowed.
    private static func shield() {
        signal(SIGHUP, SIG_IGN)
        signal(SIGINT, SIG_IGN)
        signal(SIGQUIT, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        _ = chdir("/")
        OutOfMemory.spareThisProcess()
        // What it has to do within a second must not wait behind the load of a crowded host.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -20)
    }

    private init(journal: String) throws {
        let name = journal.split(separator: "/").last.map(String.init) ?? ""
        directory = try StateDirectory(String(journal.dropLast(name.count + 1)))
        drill = String(name.dropLast(StateDirectory.journalSuffix.count))
        link = Descriptor(GuardianLink.descriptor)
        terminate = try Signals.terminateDescriptor()
        undone = try JournalFile(
            creating: StateDirectory.undoneJournal(of: drill), in: directory, first: nil)
        guard undone.lock(atMost: .zero) else {
            throw UndoError(
                attempted: "watch over", object: journal, reason: "another guardian does")
        }
        do {
            // Read under the lock: a revert that was faster has removed the journal by now.
            contents = try JournalFile.read(name, in: directory)
            guard let header = contents.header else {
                throw UndoError(
                    attempted: "watch over", object: journal, reason: "it has no header")
            }
            process = try ProcessHandle(header.process)
        } catch {
            directory.removeUndoneJournal(of: drill)
            throw error
        }
    }

    private func watch() throws -> Int32 {
        guard GuardianLink.send(GuardianLink.ready, over: link) else { return finish() }
        while true {
            var polled = [link.number, process.descriptor, terminate.number].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            let count = poll(&polled, 3, timeout)
            guard count >= 0 || errno == EINTR else {
                throw KernelError(call: "poll", object: "the drill", reason: .errno(errno))
            }
            if polled[0].revents != 0, !takeMessages() { return finish() }
            if polled[1].revents != 0 || polled[2].revents != 0 { return finish() }
            undoLapsed()
        }
    }

    /// Milliseconds until the next deadline may lapse.
    ///
    /// At most half a second at a time, for poll(2) stands still while the machine is suspended and
    /// CLOCK_BOOTTIME does not.
    private var timeout: Int32 {
        guard let deadline = pending.compactMap(\.deadline).min() else { return -1 }
        return Int32(min(500, max(0, deadline - BootClock.now) / 1_000_000 + 1))
    }

    /// Acknowledges what the drill has written; false when the drill is done or gone.
    private func takeMessages() -> Bool {
        while true {
            switch GuardianLink.receive(from: link) {
            case .number(GuardianLink.finish), .closed: return false
            case .nothing: return true
            case .number(let sequence):
                read()
                let isKnown = contents.lastSequence >= sequence && contents.damage.isEmpty
                _ = GuardianLink.send(isKnown ? sequence : GuardianLink.refusal, over: link)
            }
        }
    }

    private func read() {
        let name = StateDirectory.journal(of: drill)
        if let now = try? JournalFile.read(name, in: directory, after: contents) {
            contents = now
        }
    }

    private func undoLapsed() {
        let now = BootClock.now
        guard pending.contains(where: { $0.hasLapsed(at: now) }) else { return }
        // The drill does not announce what it closes.
        read()
        replay(pending.filter { $0.hasLapsed(at: now) })
    }

    /// Open records not tried yet; one that would not come out waits for the end of the drill.
    private var pending: [UndoRecord] {
        let tried = Set(results.map(\.identifier))
        return contents.openRecords().filter { !tried.contains($0.identifier) }
    }

    private func finish() -> Int32 {
        read()
        replay(contents.openRecords(replayed: results))
        guard results.allSatisfy(\.isClean), contents.damage.isEmpty else { return 5 }
        // A drill that lives enters itself again.
        DrillRegister.host.remove(drill)
        return 0
    }

    private func replay(_ records: [UndoRecord]) {
        results += Replay(actor: .guardian).run(records, notes: &undone)
    }
}

extension UndoRecord {
    /// Whether the guardian takes it out now although the drill lives.
    func hasLapsed(at now: Int64) -> Bool {
        deadline.map { $0 <= now } ?? false
    }
}

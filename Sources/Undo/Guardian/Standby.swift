import Glibc
import Kernel

/// A drill's second guardian, for the death of both the drill and the first one.
///
/// While the guardian lives it does nothing but wait. When the guardian has ended it takes the lock
/// on the guardian's account, which the kernel frees at a death, and is the guardian from then on.
/// Whoever holds that lock is the only one to replay: the guardian, its standby, a revert, or at its
/// end the drill.
final class Standby {
    /// How long a guardian may go without noting anything once its drill is done or dead: longer
    /// than any one reversal takes.
    static let longestSilence = Duration.seconds(60)
    /// How long a revert, which alone can be at work then, may keep the account locked.
    private static let longestLock = Duration.seconds(15)

    private let post: GuardianPost
    private let process: ProcessHandle
    /// Nil when it had ended before this could look.
    private let guardian: ProcessHandle?
    private let silence: Duration
    private var isAsked = false
    /// Whether the drill is done or dead, so that the guardian is about to end.
    private var isOver = false
    /// Where the guardian's account ended, and when that was first seen.
    private var progress: (contents: JournalContents, seenAt: Int64)?

    /// - Parameters:
    ///   - guardian: the drill's guardian.
    ///   - silence: see ``longestSilence``.
    init(
        _ post: GuardianPost, guardian: ProcessIdentity, silence: Duration = longestSilence
    ) throws {
        self.post = post
        self.silence = silence
        process = try ProcessHandle(try post.header(in: try post.contents()).process)
        self.guardian = try Self.hold(guardian)
    }

    /// Nil when the process has ended.
    private static func hold(_ process: ProcessIdentity) throws -> ProcessHandle? {
        do {
            return try ProcessHandle(process)
        } catch  where error.reason == .vanished {
            return nil
        }
    }

    /// Tells the drill that it may rely on this, and waits; returns what the guardian's program does.
    func begin() throws -> Int32 {
        // A drill that is dead by now hears nothing, and its guardian needs its standby all the more.
        _ = GuardianLink.send(GuardianLink.ready, over: post.link)
        if let guardian { try awaitEnd(of: guardian) }
        return try succeed()
    }

    /// Waits for the guardian's end, which follows the drill's.
    private func awaitEnd(of guardian: ProcessHandle) throws {
        while true {
            // A number below zero is passed over (poll(2)).
            let told = post.isKept ? post.terminate.number : -1
            let drill = isOver ? -1 : post.link.number
            var polled = [drill, guardian.descriptor, told].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            let count = poll(&polled, 3, isOver ? 500 : -1)
            guard count >= 0 || errno == EINTR else {
                throw KernelError(call: "poll", object: "the guardian", reason: .errno(errno))
            }
            if polled[1].revents != 0 { return }
            if polled[0].revents != 0 { hear() }
            // The drill is to take its faults out; this stays as long as the guardian does.
            if polled[2].revents != 0 { post.leave() }
            if isOver, isStuck() { end(guardian) }
        }
    }

    private func hear() {
        switch GuardianLink.receive(from: post.link) {
        case .number(GuardianLink.finish): (isAsked, isOver) = (true, true)
        case .closed: isOver = true
        case .number, .nothing: break
        }
    }

    /// Whether the guardian, stopped by somebody or hanging, does not get on with its last act.
    private func isStuck() -> Bool {
        let name = StateDirectory.undoneJournal(of: post.drill)
        let before = progress?.contents ?? JournalContents()
        let contents = (try? JournalFile.read(name, in: post.directory, after: before)) ?? before
        let now = MonotonicClock.now
        guard let progress, progress.contents.end == contents.end else {
            self.progress = (contents, now)
            return false
        }
        return Duration.nanoseconds(now - progress.seenAt) > silence
    }

    private func end(_ guardian: ProcessHandle) {
        progress = nil
        // One that cannot be ended keeps the account locked, and will be looked at again.
        try? guardian.signal(SIGKILL)
    }

    private func succeed() throws -> Int32 {
        var undone = try JournalFile(undoneOf: post.drill, in: post.directory)
        guard try undone.lock(atMost: Self.longestLock) else {
            throw UndoError(
                attempted: "take the guardian's place at", object: post.journal,
                reason: "a revert is still at work on it")
        }
        guard post.directory.drills.contains(post.drill) else {
            // A revert was faster, and has left nothing to do.
            post.directory.removeUndoneJournal(of: post.drill)
            return 0
        }
        guard try !undone.contents().isSpent else { return 5 }
        return try Guardian(post, succeedingIn: undone, process: process, isAsked: isAsked).watch()
    }
}

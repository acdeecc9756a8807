import Glibc

/// Tells when the files of a directory change (inotify(7)).
public final class DirectoryWatch: Sendable {
    private let descriptor: Descriptor

    /// Watches the files directly in a directory; throws when it cannot be watched.
    public init(_ path: String) throws(KernelError) {
        let number = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard number >= 0 else {
            throw KernelError(call: "inotify_init1", object: path, reason: .errno(errno))
        }
        descriptor = Descriptor(number)
        let events =
            IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_ONLYDIR
        guard inotify_add_watch(number, path, UInt32(events)) >= 0 else {
            throw KernelError(
                call: "inotify_add_watch", object: path, reason: .errno(errno),
                remedy: errno == ENOSPC ? "raise fs.inotify.max_user_watches" : "")
        }
    }

    /// Suspends until something has changed since the last call, at most `bound`.
    ///
    /// Cancelling the task ends the wait.
    public func wait(atMost bound: Duration) async {
        guard await Readiness.wait(for: descriptor.number, atMost: bound) else { return }
        var events = [UInt8](repeating: 0, count: 64 << 10)
        // What changed is looked up; an overflow of the queue is a change like any other.
        while read(descriptor.number, &events, events.count) > 0 {}
    }
}

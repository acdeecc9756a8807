import NIOCore
import NIOPosix

/// The thread of a node's commit loop, which may wait for the disk as no shared thread may.
///
/// A commit then passes from thread to thread twice, on its way in and on its way out, whatever
/// becomes of it in between.
final class CommitThread: TaskExecutor {
    private let group: MultiThreadedEventLoopGroup
    private let loop: any EventLoop

    init() {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        loop = group.next()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Ends the thread; no task may prefer it any more.
    func end() async {
        // The only error is that it has ended.
        try? await group.shutdownGracefully()
    }
}

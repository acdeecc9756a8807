import Glibc

/// A program run to its end, with a bound on its time, its output and what it leaves behind.
public struct BoundedCommand: Sendable {
    /// How much output is kept; the rest is read and thrown away, so that the program goes on.
    public static let outputLimit = 64 << 10
    /// How long a process that left the program's session may hold the output open.
    private static let lingering: Duration = .milliseconds(200)

    /// How it went.
    public enum End: Sendable, Equatable {
        case ended(ExitStatus, output: Output)
        case timedOut
        case cancelled
        case notStarted(String)
    }

    /// What it wrote, standard error among it.
    public struct Output: Sendable, Equatable {
        public var bytes: [UInt8] = []
        /// Whether there was more than is kept.
        public var isCut = false
    }

    /// The path of the program; PATH is not searched.
    public var executable: String
    public var arguments: [String]
    /// The whole environment, `NAME=value` each; nothing is inherited.
    public var environment: [String]

    public init(executable: String, arguments: [String], environment: [String]) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }

    /// Runs the program; when the task is cancelled or time is over, kills it and its session.
    public func run(atMost bound: Duration) async -> End {
        var pipe: [Int32] = [-1, -1]
        guard Glibc.pipe(&pipe) == 0 else { return .notStarted("no pipe") }
        let (reading, writing) = (pipe[0], pipe[1])
        defer { close(reading) }
        for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
        let child: ChildProcess
        do throws(KernelError) {
            defer { close(writing) }
            child = try ChildProcess.spawn(
                .init(
                    executable: executable, arguments: arguments, environment: environment,
                    standardOutput: writing, standardError: writing))
        } catch {
            return .notStarted(error.description)
        }
        return await follow(child, reading, atMost: bound)
    }

    private func follow(
        _ child: ChildProcess, _ descriptor: Int32, atMost bound: Duration
    ) async -> End {
        await withTaskGroup(of: Output?.self) { group in
            group.addTask { await Self.read(descriptor) }
            let status = await child.wait(atMost: bound)
            if status == nil { _ = await child.terminate(grace: .zero) }
            await Self.killSession(of: child)
            group.addTask {
                try? await Task.sleep(for: Self.lingering)
                return nil
            }
            var output = Output()
            for await read in group {
                // Whoever comes first ends the other: a reader that is cancelled answers what it has.
                group.cancelAll()
                if let read { output = read }
            }
            guard let status else { return Task.isCancelled ? .cancelled : .timedOut }
            return .ended(status, output: output)
        }
    }

    /// Reads until the last writer has closed its end, or the task is cancelled.
    private static func read(_ descriptor: Int32) async -> Output {
        var output = Output()
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while !Task.isCancelled {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { break }
            if count > 0 {
                let room = outputLimit - output.bytes.count
                output.bytes += buffer[..<min(count, room)]
                output.isCut = output.isCut || count > room
                await Task.yield()
            } else if errno == EAGAIN {
                _ = await Readiness.wait(for: descriptor, atMost: .seconds(60))
            } else if errno != EINTR {
                break
            }
        }
        return output
    }

    /// Kills what the program left in its session, by pidfd; a fork meanwhile is met again.
    ///
    /// While the session has a member the kernel gives its number to no new process (setsid(2)).
    private static func killSession(of child: ChildProcess) async {
        for _ in 0..<10 {
            let members = ProcessTable.members(ofSession: child.identity.pid).filter {
                $0.startTime >= child.identity.startTime
            }
            guard !members.isEmpty else { return }
            for member in members {
                guard let handle = try? ProcessHandle(member) else { continue }
                try? handle.signal(SIGKILL)
                // Undo must not be cut short by the cancellation that caused it.
                _ = await Task { await handle.waitForExit(atMost: .seconds(1)) }.value
            }
        }
    }
}

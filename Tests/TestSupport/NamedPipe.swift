import Glibc
import Kernel

/// A named pipe in the place of a file, and what frees whoever waits for somebody to write to it.
public final class NamedPipe: Sendable {
    public let path: String
    private let writer: ChildProcess

    /// Makes it; who is held up by it is let go after 10 s.
    public init(at path: String) throws {
        self.path = path
        guard mkfifo(path, 0o644) == 0 else {
            throw KernelError(call: "mkfifo", object: path, reason: .errno(errno))
        }
        writer = try ChildProcess.spawn(
            .init(
                executable: "/bin/bash",
                arguments: ["-c", "sleep 10; echo >\"$1\"; echo >\"$1.held\"", "bash", path],
                environment: ["PATH=/usr/bin:/bin"]))
    }

    /// Ends it; returns whether somebody had to be let go.
    public func hasHeldSomebodyUp() async -> Bool {
        _ = await writer.terminate(grace: .zero)
        return access("\(path).held", F_OK) == 0
    }
}

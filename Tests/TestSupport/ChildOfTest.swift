public import Kernel

/// Runs `body` with a child that waits for something, a `sleep` unless told otherwise, and ends it.
public func withChild(
    _ executable: String = "/bin/sleep", _ arguments: [String] = ["600"],
    isolation: isolated (any Actor)? = #isolation, _ body: (ChildProcess) async throws -> Void
) async throws {
    let child = try ChildProcess.spawn(.init(executable: executable, arguments: arguments))
    do {
        // A program that is still being loaded opens files, and ends when it may not.
        while ProcessTable.state(of: child.identity.pid) != "S" {
            try await Task.sleep(for: .milliseconds(5))
        }
        try await body(child)
    } catch {
        _ = await child.terminate(grace: .zero)
        throw error
    }
    _ = await child.terminate(grace: .zero)
}

import Glibc
import Kernel

/// Programs of the operating system.
enum Program {
    /// Where programs are looked for: PATH is the caller's, these are Debian's.
    static let directories = ["/usr/local/bin", "/usr/bin", "/usr/sbin", "/bin", "/sbin"]

    /// The path of a program; throws with the Debian package that has it.
    static func find(_ name: String, package: String) throws -> String {
        for directory in directories where access("\(directory)/\(name)", X_OK) == 0 {
            return "\(directory)/\(name)"
        }
        throw SystemError(
            attempt: "find \(name)", reason: "it is not in \(directories.joined(separator: ", "))",
            remedy: "install Debian's package \(package)")
    }

    /// Runs a program to its end, at most 30 s; throws with its output when it fails.
    static func run(_ name: String, _ arguments: [String], package: String) async throws {
        let attempt = "run \(name) \(arguments.joined(separator: " "))"
        let executable = try find(name, package: package)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 else {
            throw SystemError(attempt: attempt, reason: String(cString: strerror(errno)))
        }
        defer { for end in ends { close(end) } }
        let child = try ChildProcess.spawn(
            ChildProcess.Options(
                executable: executable, arguments: arguments,
                environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"],
                standardOutput: ends[1], standardError: ends[1]))
        guard let status = await child.wait(atMost: .seconds(30)) else {
            _ = await child.terminate(grace: .zero)
            throw SystemError(attempt: attempt, reason: "it had not ended after 30 s")
        }
        guard status != .exited(0) else { return }
        var output = [UInt8](repeating: 0, count: 1_000)
        let length = output.withUnsafeMutableBytes { Glibc.read(ends[0], $0.baseAddress, $0.count) }
        let text = String(decoding: output.prefix(max(0, length)), as: UTF8.self)
        throw SystemError(
            attempt: attempt,
            reason: "\(status): \(text.split(separator: "\n").joined(separator: " | "))")
    }
}

import Glibc
import Kernel

/// The virtual machine that these tests are for; anywhere else they fail and touch nothing.
enum Machine {
    /// Throws unless this process runs in the machine that Machine/boot.sh has booted.
    static func require() throws {
        var name = utsname()
        uname(&name)
        let release = withUnsafeBytes(of: &name.release) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        guard let booted = getenv("FIREDRILL_LAB_KERNEL"), String(cString: booted) == release else {
            throw KernelError(
                call: "lab", object: "this host",
                reason: .refused("these tests change the network of the whole machine"),
                remedy: "run make lab")
        }
    }

    /// The directory of the tests' own program, and of all others built with it.
    static var programsOfTheTests: String {
        get throws {
            var buffer = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/self/exe", &buffer, buffer.count)
            guard count > 0 else {
                throw KernelError(call: "readlink", object: "/proc/self/exe", reason: .errno(errno))
            }
            let program = buffer[..<count].map { UInt8(bitPattern: $0) }
            return String(decoding: program, as: UTF8.self).split(separator: "/").dropLast()
                .reduce("") { "\($0)/\($1)" }
        }
    }
}

/// Runs shell commands to their end, in the given network namespace; throws unless they succeed.
func shell(_ script: String, in namespace: NetworkNamespace? = nil) async throws {
    let bash = ["/bin/bash", "-c", script]
    let command = namespace.map { ["/usr/bin/nsenter", "--net=\($0.path)"] + bash } ?? bash
    let process = try ChildProcess.spawn(
        .init(
            executable: command[0], arguments: Array(command.dropFirst()),
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]))
    let status = await process.wait(atMost: .seconds(60))
    guard case .exited(0)? = status else {
        _ = await process.terminate(grace: .zero)
        throw KernelError(
            call: "bash", object: script,
            reason: .refused(status.map { "it ended with \($0)" } ?? "it did not end within 60 s"))
    }
}

/// Polls a condition that must come true, for at most a minute.
func eventually(_ condition: () throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
        if try condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return try condition()
}

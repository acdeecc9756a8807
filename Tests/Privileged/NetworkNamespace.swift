import Glibc
import Kernel
import Testing

/// A network namespace with nothing but `lo` in it, up; held by a child and gone with it.
struct NetworkNamespace {
    let descriptor: Descriptor
    private let child: ChildProcess

    /// A process that lives in it.
    var process: Int32 { child.identity.pid }

    /// Needs root, util-linux and iproute2.
    static func make() async throws -> NetworkNamespace {
        let child = try ChildProcess.spawn(
            .init(executable: "/usr/bin/unshare", arguments: ["-n", "/bin/sleep", "600"]))
        let path = "/proc/\(child.identity.pid)/ns/net"
        for _ in 0..<1000 where !isOther(path) { try await Task.sleep(for: .milliseconds(5)) }
        try #require(isOther(path), "cannot make a network namespace: run as root")
        // Links below /proc/PID/ns are meant to be followed.
        let number = open(path, O_RDONLY | O_CLOEXEC)
        try #require(number >= 0)
        let namespace = NetworkNamespace(descriptor: Descriptor(number), child: child)
        try #require(await namespace.run("ip link set lo up") == 0)
        return namespace
    }

    /// Runs shell commands inside; returns the exit code.
    func run(_ script: String) async throws -> Int32? {
        let process = try ChildProcess.spawn(
            .init(
                executable: "/usr/bin/nsenter",
                arguments: [
                    "--net=/proc/\(child.identity.pid)/ns/net", "/bin/bash", "-c", script,
                ], environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]))
        guard case .exited(let code)? = await process.wait(atMost: .seconds(30)) else {
            _ = await process.terminate(grace: .zero)
            return nil
        }
        return code
    }

    /// Starts a program inside, whose standard output goes to a descriptor.
    func start(_ command: [String], standardOutput: Int32) throws -> ChildProcess {
        try ChildProcess.spawn(
            .init(
                executable: "/usr/bin/nsenter",
                arguments: ["--net=/proc/\(child.identity.pid)/ns/net"] + command,
                standardOutput: standardOutput))
    }

    /// Gives `lo` an htb tree with the classes 4664:4 and 4664:5, of which the latter is the usual
    /// one; false when that fails.
    func addTwoClasses() async throws -> Bool {
        try await run(
            """
            set -e
            tc qdisc add dev lo root handle 4664: htb default 5
            for class in 4 5; do
                tc class add dev lo parent 4664: classid 4664:$class htb rate 1gbit
                tc qdisc add dev lo parent 4664:$class handle ${class}0: pfifo limit 1000
            done
            """) == 0
    }

    func remove() async {
        _ = await child.terminate(grace: .zero)
    }

    private static func isOther(_ path: String) -> Bool {
        var own = stat()
        var other = stat()
        return stat("/proc/self/ns/net", &own) == 0 && stat(path, &other) == 0
            && own.st_ino != other.st_ino
    }
}

import Glibc
import Kernel

/// A veth pair between this process's network namespace and another one, with packets on it: what
/// faults of an interface are aimed at.
struct Wire: Sendable {
    /// The near end, and where packets are sent to from it.
    static let interface = "drill0"
    static let peer = "198.51.100.2"

    private let children: [ChildProcess]

    /// Needs root, util-linux, iproute2 and perl; the host's own namespaces must have been left.
    init() async throws {
        let far = try ChildProcess.spawn(
            .init(executable: "/usr/bin/unshare", arguments: ["--net", "/bin/sleep", "infinity"]))
        let pid = far.identity.pid
        for _ in 0..<1000 where Self.namespace(of: pid) == Self.namespace(of: getpid()) {
            try await Task.sleep(for: .milliseconds(5))
        }
        let near = Self.interface
        try await Self.run(
            """
            ip link add \(near) type veth peer name far netns \(pid)
            ip address add 198.51.100.1/24 dev \(near)
            ip link set \(near) up
            nsenter --net=/proc/\(pid)/ns/net sh -ec \
            'ip address add \(Self.peer)/24 dev far; ip link set far up'
            """)
        let sender = try ChildProcess.spawn(
            .init(executable: "/usr/bin/perl", arguments: ["-MSocket", "-e", Self.sender]))
        children = [far, sender]
        // In the middle of execve(2) a process has no command line, and would look like another one.
        for child in children {
            let pid = child.identity.pid
            for _ in 0..<1000 where ProcessTable.commandLine(of: pid)?.isEmpty ?? true {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    /// Sends a datagram to each of two ports every 20 ms; nobody listens there, and a message comes
    /// back that says so.
    private static let sender = """
        socket(my $socket, AF_INET, SOCK_DGRAM, 0) or die;
        my @to = map { pack_sockaddr_in($_, inet_aton("\(peer)")) } 7, 9;
        while (1) {
            send($socket, "x" x 64, 0, $_) for @to;
            select(undef, undef, undef, 0.02);
        }
        """

    /// Ends the processes, and the pair with the namespace of its far end.
    func remove() async {
        for child in children { _ = await child.terminate(grace: .zero) }
    }

    private static func namespace(of pid: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/\(pid)/ns/net", &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func run(_ script: String) async throws {
        let shell = try ChildProcess.spawn(
            .init(
                executable: "/bin/sh", arguments: ["-ec", script],
                environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]))
        guard await shell.wait() == .exited(0) else {
            throw CampaignError("put up a veth pair: run it as root, with iproute2")
        }
    }
}

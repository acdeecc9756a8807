import Glibc
import Kernel
import Playbooks
import Testing

@testable import Faults

@Suite("The way by which people reach a host")
struct RemoteAccessTests {
    private func check(_ identity: ProcessIdentity, allowing lines: [String] = []) throws {
        var policy = HostPolicy()
        policy.allowedProcesses = lines
        try BlastRadius.ofThisProcess(
            pid: getpid(), limits: Limits(processes: 1), policy: policy, others: []
        ).check([.process(identity, node: nil)])
    }

    @Test(
        "The service and its sessions are known by their titles and their programs",
        arguments: [
            (["sshd: ann@pts/9"], nil), (["/usr/sbin/sshd", "-D"], nil),
            (["sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"], nil),
            (["sshd-session: ann [priv]"], nil), (["-x"], "/usr/lib/openssh/sshd-session"),
        ] as [([String], String?)])
    func known(commandLine: [String], program: String?) {
        #expect(RemoteAccess.isService(commandLine, program))
    }

    @Test("Others that speak of it are not it")
    func others() {
        #expect(!RemoteAccess.isService(["vi", "sshd_config"], "/usr/bin/vi"))
        #expect(!RemoteAccess.isService(["ssh", "host"], "/usr/bin/ssh"))
        #expect(!RemoteAccess.isService([], nil))
    }

    @Test("A session is refused though it is no ancestor, unless the policy names all of its title")
    func session() async throws {
        let title = "sshd: ann@pts/9"
        let session = try ChildProcess.spawn(
            .init(
                executable: "/bin/bash", arguments: ["-c", "exec -a '\(title)' /bin/sleep 600"]))
        for _ in 0..<500
        where ProcessTable.commandLine(of: session.identity.pid)?.first != title {
            try await Task.sleep(for: .milliseconds(10))
        }
        let error = #expect(throws: FaultError.self) { try check(session.identity) }
        #expect(error?.description.contains("the ssh service or a session of it") == true)
        #expect(throws: FaultError.self) { try check(session.identity, allowing: ["sshd: ann"]) }
        try check(session.identity, allowing: ["\(title) 600"])
        _ = await session.terminate(grace: .zero)
    }

    @Test("Whoever holds a socket of the port that the session came in by is refused")
    func holder() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(listener >= 0)
        defer { close(listener) }
        try #require(listen(listener, 1) == 0)
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let named = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(listener, $0, &size)
            }
        }
        try #require(named == 0)
        let port = UInt16(bigEndian: address.sin_port)
        let access = RemoteAccess(sessions: ["192.0.2.1 50000 192.0.2.2 \(port)"])
        #expect(access.processes()[getpid()] == "the holder of a socket of the ssh service's port")
        #expect(RemoteAccess(sessions: []).processes()[getpid()] == nil)
    }
}

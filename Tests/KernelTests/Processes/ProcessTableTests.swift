import Glibc
import Testing

@testable import Kernel

@Suite("The process table")
struct ProcessTableTests {
    @Test("knows this process, its arguments and its ancestors")
    func own() throws {
        let identity = try #require(ProcessTable.identity(of: getpid()))
        #expect(ProcessTable.all().contains(identity))
        #expect(ProcessTable.parent(of: getpid()) == getppid())
        #expect(ProcessTable.ancestors(of: getpid()).first == getppid())
        #expect(ProcessTable.ancestors(of: getpid()).last == 1)
        #expect(ProcessTable.commandLine(of: getpid())?.first == CommandLine.arguments.first)
        #expect(ProcessTable.identity(of: .max) == nil)
    }

    @Test("finds who listens on a port, IPv4 and IPv6, and not who is only connected")
    func listening() async throws {
        let own = try #require(ProcessTable.identity(of: getpid()))
        for family in [AF_INET, AF_INET6] {
            let listener = try Listener(family: family)
            // A child that another test starts holds a copy until its execve.
            #expect(
                try await eventually { try ProcessTable.listening(onPort: listener.port) == [own] })
            listener.stop()
            #expect(
                try await eventually { try ProcessTable.listening(onPort: listener.port) == [] })
        }
    }

    @Test("finds who serves a port by UDP, IPv4 and IPv6, and by TCP")
    func serving() async throws {
        let own = try #require(ProcessTable.identity(of: getpid()))
        for (family, type) in [
            (AF_INET, SOCK_DGRAM), (AF_INET6, SOCK_DGRAM), (AF_INET, SOCK_STREAM),
        ] {
            let listener = try Listener(family: family, type: type)
            let port = listener.port
            #expect(
                try await eventually { try ProcessTable.serving([port, 1]) == [own: [port]] })
            listener.stop()
            #expect(try await eventually { try ProcessTable.serving([port]).isEmpty })
        }
        #expect(try ProcessTable.serving([]).isEmpty)
    }

    @Test(
        "parses a status line whose command has spaces and parentheses",
        arguments: ["sh", "a b", "a) R 1 (b", "((", ""])
    func status(command: String) throws {
        let tail = (5...52).map { $0 == 22 ? "987654321" : $0 == 6 ? "42" : "0" }
        let line = "77 (\(command)) T 5 " + tail.joined(separator: " ") + "\n"
        let status = try #require(ProcessStatus(line))
        #expect(status.identity == ProcessIdentity(pid: 77, startTime: 987_654_321))
        #expect(status.state == "T")
        #expect(status.parent == 5)
        #expect(status.session == 42)
    }

    @Test("rejects a cut status line", arguments: ["", "77", "77 (sh", "77 (sh) S 1 2 3"])
    func cut(line: String) {
        #expect(ProcessStatus(line) == nil)
    }

    @Test("takes listening sockets of one port from a socket table")
    func table() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0
               1: 0100007F:1F90 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 22 1 0 100 0
               2: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 33 1 0 100 0
            """
        #expect(ProcessTable.listeningInodes(in: table, port: 8080) == ["11"])
        #expect(ProcessTable.listeningInodes(in: table, port: 8081) == ["33"])
        #expect(ProcessTable.listeningInodes(in: table, port: 80) == [])
    }
}

import Foundation
import Kernel
import Records
import Testing

/// `network.dns` in a drill with a network of its own, so that nobody else is asked anything.
@Suite("A drill whose names fail", .serialized)
struct NameTests {
    private static func playbook(_ effect: String, lasting: String) -> String {
        """
        playbook: names
        hypothesis: Names fail for the testbed alone.
        method:
          - fault: network.dns
            names: [db.internal, "*.queue.internal"]
            \(effect)
            for: \(lasting)
        """
    }

    /// Starts a drill that finds a name server at which nobody listens, and two names in its hosts.
    private func start(
        _ effect: String, lasting: String, _ command: DrillCommand
    ) throws -> ChildProcess {
        let texts = [
            "resolv.conf": "nameserver 127.0.0.9\noptions ndots:1\n",
            "hosts": "127.0.0.1 localhost\n10.9.8.7 db.internal\n10.9.8.6 other.internal\n",
            "names.yaml": Self.playbook(effect, lasting: lasting),
        ]
        for (name, text) in texts {
            try text.write(
                toFile: "\(command.directory)/\(name)", atomically: true, encoding: .utf8)
        }
        return try command.start(
            ["run", "\(command.directory)/names.yaml", "--yes", "--json"], namespace: true,
            files: [
                "/etc/resolv.conf": "\(command.directory)/resolv.conf",
                "/etc/hosts": "\(command.directory)/hosts",
            ])
    }

    /// What a process with the drill's mounts finds in a file.
    private func text(of path: String, in drill: ChildProcess) throws -> String {
        try String(
            contentsOfFile: "/proc/\(drill.identity.pid)/root\(path)", encoding: .utf8)
    }

    /// The host's own files, as the tests see them.
    private func host() throws -> [String] {
        try ["/etc/resolv.conf", "/etc/hosts"].map {
            FileManager.default.fileExists(atPath: $0)
                ? try String(contentsOfFile: $0, encoding: .utf8) : "none"
        }
    }

    @Test(
        "A lookup comes to what was asked for, and to the address again; the host keeps its own",
        arguments: [
            ("answer: nxdomain", "3 s", "no address"), ("delay: 200 ms", "6 s", "10.9.8.7"),
        ])
    func whole(effect: String, lasting: String, during: String) async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let before = try host()
        let drill = try start(effect, lasting: lasting, command)
        try await command.waitForOutput(containing: "faultInjected")
        let resolver = try text(of: "/etc/resolv.conf", in: drill)
        #expect(resolver.hasPrefix("nameserver 127.53.") && resolver.hasSuffix("options ndots:1\n"))
        #expect(
            try text(of: "/etc/hosts", in: drill)
                == "127.0.0.1 localhost\n10.9.8.6 other.internal\n")
        #expect(try host() == before)
        // It expects nothing, and so it says nothing of a service.
        #expect(await drill.wait(atMost: .seconds(60)) == .exited(4), "\(command.output)")
        let fault = try #require(try command.verdict().faults.first)
        #expect(fault.injection == .confirmed, "\(fault.proof)")
        #expect(fault.undo == .clean, "\(fault.comparisons)")
        #expect(fault.comparisons.count == 2)
        let lookup = try #require(fault.achieved.first { $0.name.contains("looked up") })
        #expect(lookup.before?.text?.hasPrefix("10.9.8.7") == true, "\(lookup)")
        #expect(lookup.during?.text?.hasPrefix(during) == true, "\(lookup)")
        #expect(lookup.after?.text?.hasPrefix("10.9.8.7") == true, "\(lookup)")
        #expect(try host() == before)
    }

    @Test("Killed in the middle of it, it leaves nothing")
    func killed() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let before = try host()
        let drill = try start("answer: servfail", lasting: "60 s", command)
        try await command.waitForOutput(containing: "faultInjected")
        try drill.signal(SIGKILL)
        _ = await drill.wait()
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
        #expect(try host() == before)
        #expect(try await command.run(["revert"]) == 0, "\(command.output)")
    }
}

import Foundation
import Kernel
import Records
import Testing

/// Whole drills on an interface that is no testbed's, whose other end is in another namespace.
@Suite("A drill on an interface of the host", .serialized, .timeLimit(.minutes(5)))
struct InterfaceDrillTests {
    private static func playbook(port: UInt16) -> String {
        """
        playbook: interface
        title: What crosses one interface is late and lost
        hypothesis: Packets between this host and one peer are late in both directions.
        seed: 11
        method:
          - fault: network.shape
            on:
              interface: near
              to: 10.74.0.2
              port: \(port)
              protocol: udp
              direction: both
            delay: 300 ms
            loss: 20 %
            for: 8 s
        limits: { processes: 0, disk: 0 B, interfaces: [near] }
        """
    }

    private let directory: String

    init() throws {
        try Machine.require()
        directory = "/run/lab-interface-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
    }

    /// A peer in a namespace of its own, and packets in both directions until its end.
    private struct Peer {
        let namespace: NetworkNamespace
        let port: UInt16
        private let traffic: Task<Void, any Error>

        init() async throws {
            let namespace = try await NetworkNamespace.make()
            try await shell(
                """
                set -e
                ip link add near type veth peer name far netns \(namespace.path)
                ip address add 10.74.0.1/24 dev near
                ip link set near up
                nsenter --net=\(namespace.path) sh -e -c "
                    ip address add 10.74.0.2/24 dev far
                    ip link set far up"
                """)
            let far = try NetworkNamespace.inside(namespace) {
                try DatagramSocket(address: "10.74.0.2")
            }
            let near = try DatagramSocket(address: "10.74.0.1")
            self.namespace = namespace
            port = far.port
            traffic = Task {
                while true {
                    _ = try near.send([1], to: "10.74.0.2", port: far.port)
                    _ = try far.send([2], to: "10.74.0.1", port: near.port)
                    try await Task.sleep(for: .milliseconds(30))
                }
            }
        }

        func remove() async throws {
            traffic.cancel()
            _ = await traffic.result
            try await shell("ip link delete near")
            await namespace.remove()
        }
    }

    @Test("delays and loses the aimed packets both ways, proves it, and leaves nothing")
    func whole() async throws {
        let peer = try await Peer()
        try Self.playbook(port: peer.port).write(
            toFile: "\(directory)/interface.yaml", atomically: false, encoding: .utf8)
        let before = try tree()
        let drill = try start(["run", "--yes", "\(directory)/interface.yaml"])
        let status = await drill.wait(atMost: .seconds(120))
        _ = await drill.terminate(grace: .zero)
        // It expects nothing of a target, so the drill is inconclusive and its fault is what counts.
        #expect(status == .exited(4), "\(output)")
        #expect(try tree() == before)
        #expect(try isWithoutDevices())
        let evidence = try #require(
            try FileManager.default.contentsOfDirectory(atPath: "\(directory)/evidence").first)
        let data = try Data(
            contentsOf: URL(filePath: "\(directory)/evidence/\(evidence)/verdict.json"))
        let fault = try #require(try JSONDecoder().decode(Verdict.self, from: data).faults.first)
        #expect(fault.injection == .confirmed, "\(fault.proof)")
        #expect(fault.undo == .clean)
        #expect(
            fault.objects == [
                "interface near, UDP to 10.74.0.2 port \(peer.port)",
                "interface near, UDP from 10.74.0.2 port \(peer.port)",
            ])
        let met = fault.achieved.filter { $0.name.hasPrefix("packets of the aim") }
        #expect(met.count == 2 && met.allSatisfy { ($0.during?.value ?? 0) > 50 }, "\(met)")
        #expect(fault.comparisons.contains { $0.what.hasPrefix("redirection") && $0.isSame })
        print("interface drill: \(fault.proof)")
        try await peer.remove()
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test("leaves nothing when it is killed in the middle, and the guardian has done it")
    func killed() async throws {
        let peer = try await Peer()
        try Self.playbook(port: peer.port).write(
            toFile: "\(directory)/interface.yaml", atomically: false, encoding: .utf8)
        let before = try tree()
        let drill = try start(["run", "--yes", "\(directory)/interface.yaml"])
        #expect(
            try await eventually { try qdiscs().contains { $0.kind == "ingress" } }, "\(output)")
        try drill.signal(SIGKILL)
        let start = ContinuousClock.now
        _ = await drill.wait()
        while try !(tree() == before && isWithoutDevices()),
            start.duration(to: .now) < .seconds(20)
        {
            try await Task.sleep(for: .milliseconds(5))
        }
        let time = start.duration(to: .now)
        print("interface drill killed: nothing left after \(time)")
        // Emulated, everything takes many times as long.
        #expect(time < .seconds(10))
        let revert = try self.start(["revert"])
        #expect(await revert.wait(atMost: .seconds(30)) == .exited(0), "\(output)")
        try await peer.remove()
        try FileManager.default.removeItem(atPath: directory)
    }

    private func qdiscs() throws -> [Qdisc] {
        try NetlinkSocket().qdiscs(ofInterface: NetworkInterface.index(of: "near"))
    }

    /// Everything on the interface, what looks at incoming packets included.
    private func tree() throws -> [Qdisc] { try qdiscs() }

    /// Whether no ifb of a drill is there; the kernel's module makes ifb0 and ifb1 by itself.
    private func isWithoutDevices() throws -> Bool {
        let names = try FileManager.default.contentsOfDirectory(atPath: "/sys/class/net")
        return !names.contains { $0.hasPrefix("fd") }
    }

    /// Starts the released program with evidence and undo records of its own.
    private func start(_ arguments: [String]) throws -> ChildProcess {
        let programs = try #require(
            ProcessInfo.processInfo.environment["FIREDRILL_PROGRAMS"],
            "FIREDRILL_PROGRAMS must name the directory of the built programs: run make lab")
        let output = open("\(directory)/output.txt", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(output >= 0)
        defer { close(output) }
        return try ChildProcess.spawn(
            .init(
                executable: "\(programs)/firedrill", arguments: arguments,
                environment: [
                    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=\(directory)",
                    "FIREDRILL_STATE=\(directory)/state",
                    "FIREDRILL_EVIDENCE=\(directory)/evidence",
                ], workingDirectory: directory, standardOutput: output, standardError: output))
    }

    private var output: String {
        (try? String(contentsOfFile: "\(directory)/output.txt", encoding: .utf8)) ?? ""
    }
}

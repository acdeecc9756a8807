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

    private let program: ReleasedProgram

    init() throws {
        try Machine.require()
        program = try ReleasedProgram()
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
        let path = try program.write(Self.playbook(port: peer.port), as: "interface")
        let before = try tree()
        let drill = try program.start(["run", "--yes", path])
        let status = await drill.wait(atMost: .seconds(120))
        _ = await drill.terminate(grace: .zero)
        // It expects nothing of a target, so the drill is inconclusive and its fault is what counts.
        #expect(status == .exited(4), "\(program.output)")
        #expect(try tree() == before)
        #expect(try isWithoutDevices())
        let fault = try #require(try program.verdict().faults.first)
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
        try program.remove()
    }

    @Test("delays and bounds what goes out in another network namespace, and gives it back")
    func namespace() async throws {
        let peer = try await Peer()
        let path = try program.write(
            """
            playbook: namespace
            title: What the peer sends is late, and then slow
            hypothesis: The peer's answers are late.
            seed: 11
            method:
              - fault: network.delay
                on: { interface: far, namespace: \(peer.namespace.path), to: 10.74.0.1 }
                delay: 300 ms
                for: 4 s
              - fault: network.rate
                on: { interface: far, namespace: \(peer.namespace.path), to: 10.74.0.1 }
                bytes_per_second: 100 kB
                packet_overhead: 24
                cell_size: 48
                cell_overhead: 5
                for: 6 s
            limits:
              processes: 0
              disk: 0 B
              interfaces: ["far in \(peer.namespace.path)"]
            """, as: "namespace")
        let drill = try program.start(["run", "--yes", path])
        let status = await drill.wait(atMost: .seconds(120))
        _ = await drill.terminate(grace: .zero)
        #expect(status == .exited(4), "\(program.output)")
        let faults = try program.verdict().faults
        #expect(faults.count == 2)
        for fault in faults {
            #expect(fault.backend == "netem")
            // A busy machine may leave too little time to tell.
            #expect(fault.injection != .mismatch, "\(fault.proof)")
            #expect(fault.undo == .clean, "\(fault.comparisons)")
            print("in a namespace: \(fault.kind): \(fault.proof)")
        }
        let left = try NetworkNamespace.inside(peer.namespace) {
            try NetlinkSocket().qdiscs(ofInterface: NetworkInterface.index(of: "far"))
        }
        #expect(left.allSatisfy { $0.handle == 0 }, "\(left)")
        try await peer.remove()
        try program.remove()
    }

    @Test("leaves nothing when it is killed in the middle, and the guardian has done it")
    func killed() async throws {
        let peer = try await Peer()
        let path = try program.write(Self.playbook(port: peer.port), as: "interface")
        let before = try tree()
        let drill = try program.start(["run", "--yes", path])
        #expect(
            try await eventually { try tree().contains { $0.kind == "ingress" } },
            "\(program.output)")
        try drill.signal(SIGKILL)
        let start = ContinuousClock.now
        _ = await drill.wait()
        #expect(try await eventually { try tree() == before && isWithoutDevices() })
        let time = start.duration(to: .now)
        print("interface drill killed: nothing left after \(time)")
        // Emulated, everything takes many times as long.
        #expect(time < .seconds(10))
        let revert = try program.start(["revert"])
        #expect(await revert.wait(atMost: .seconds(30)) == .exited(0), "\(program.output)")
        try await peer.remove()
        try program.remove()
    }

    /// Everything on the interface, what looks at incoming packets included.
    private func tree() throws -> [Qdisc] { try program.qdiscs(of: "near") }

    /// Whether no ifb of a drill is there; the kernel's module makes ifb0 and ifb1 by itself.
    private func isWithoutDevices() throws -> Bool {
        let names = try FileManager.default.contentsOfDirectory(atPath: "/sys/class/net")
        return !names.contains { $0.hasPrefix("fd") }
    }
}

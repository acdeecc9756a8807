import Kernel
import Playbooks
import Records
import Testing

@testable import Faults

@Suite("What stands on an interface already (needs root)", .timeLimit(.minutes(1)))
struct PlannedPlaceTests {
    private static let bound: [String: ArgumentValue] = [
        "bytes_per_second": .byteCount(ByteCount(100_000))
    ]

    /// The plan of a fault on `near`, after a script that has made it.
    private func plan(
        _ direction: PacketSelector.Direction, peers: [String], port: Int?, after script: String
    ) async throws -> Plan.PlannedStep {
        let namespace = try await NetworkNamespace.make()
        let made = "set -e; ip link add near type veth peer name far; \(script)"
        try #require(try await namespace.run(made) == 0)
        let life = InterfaceLife(
            kind: "network.rate",
            packets: PacketSelector(
                interface: "near", peers: peers, port: port, direction: direction,
                namespace: "/proc/self/fd/\(namespace.descriptor.number)"),
            arguments: Self.bound)
        let planned = try life.fault().plan(system: nil, host: .probe())
        await namespace.remove()
        return planned
    }

    @Test(
        "is refused by the plan, with the interface's name and what to do",
        arguments: [
            (
                .ingress, "tc qdisc add dev near clsact",
                "somebody has put clsact", "'direction: egress'"
            ),
            (
                .egress,
                "tc qdisc add dev near root handle 7: stab overhead 24 linklayer atm pfifo",
                "cannot be put back", "name another interface"
            ),
            (
                .egress,
                "tc qdisc add dev near root handle 4664: tbf rate 1mbit burst 1600 limit 9000",
                "a fault has put", "firedrill revert"
            ),
        ] as [(PacketSelector.Direction, String, String, String)])
    func refused(
        direction: PacketSelector.Direction, script: String, reason: String, remedy: String
    ) async throws {
        let planned = try await plan(direction, peers: ["10.91.0.2"], port: 7001, after: script)
        #expect(planned.backend.isEmpty)
        #expect(planned.backendNote.contains("interface near in /proc/"), "\(planned.backendNote)")
        #expect(planned.backendNote.contains(reason), "\(planned.backendNote)")
        #expect(planned.backendNote.contains(remedy), "\(planned.backendNote)")
    }

    @Test("is no reason where nothing does, or it can be put back")
    func allowed() async throws {
        for script in ["true", "tc qdisc add dev near root tbf rate 1mbit burst 1600 limit 9000"] {
            let planned = try await plan(
                .egress, peers: ["10.91.0.2"], port: 7001, after: script)
            #expect(!planned.backend.isEmpty, "\(planned.backendNote)")
        }
    }

    @Test("may be the way by which people come here, which u32 cannot spare")
    func control() async throws {
        let planned = try await plan(.ingress, peers: ["0.0.0.0/0"], port: nil, after: "true")
        #expect(planned.backend.isEmpty)
        #expect(planned.backendNote.contains("sessions over ssh"), "\(planned.backendNote)")
        let steered = try await plan(.egress, peers: ["0.0.0.0/0"], port: nil, after: "true")
        #expect(!steered.backend.isEmpty, "\(steered.backendNote)")
    }
}

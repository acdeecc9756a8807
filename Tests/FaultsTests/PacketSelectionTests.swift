import Kernel
import Playbooks
import Records
import Testing
import Undo

@testable import Faults

@Suite("Packets of an interface that a playbook names")
struct PacketSelectionTests {
    private func step(_ packets: PacketSelector) -> FaultStep {
        FaultStep(
            kind: "network.shape", selector: Selector(packets: packets),
            arguments: Arguments(["loss": .ratio(.percent(20))]), duration: .seconds(30), line: 4)
    }

    private func selection(_ packets: PacketSelector) throws -> PacketSelection {
        try PacketSelection(packets, step: step(packets))
    }

    @Test("go to the other side's address and port, or come from them")
    func directions() throws {
        let packets = try selection(
            PacketSelector(
                interface: "eth1", peers: ["10.0.0.7"], port: 5432, transport: .tcp,
                direction: .both))
        #expect(
            packets.objects.map(\.description) == [
                "interface eth1, TCP to 10.0.0.7 port 5432",
                "interface eth1, TCP from 10.0.0.7 port 5432",
            ])
    }

    @Test("are those of TCP and of UDP where a port is named, for each address")
    func transports() throws {
        let packets = try selection(
            PacketSelector(interface: "eth1", peers: ["10.0.0.7", "fd00::/8"], localPort: 80))
        #expect(packets.aims(.egress).map(\.transport) == [.tcp, .udp, .tcp, .udp])
        #expect(packets.aims(.egress).allSatisfy { $0.sourcePorts == 80...80 })
        #expect(packets.aims(.ingress).allSatisfy { $0.destinationPorts == 80...80 })
        let all = try selection(PacketSelector(interface: "eth1", peers: ["10.0.0.7"]))
        #expect(all.aims(.egress).map(\.transport) == [nil])
    }

    @Test("are those of each range of ports, on either side")
    func ranges() throws {
        let packets = try selection(
            PacketSelector(
                interface: "eth1", ports: [80...80, 7000...7010], localPorts: [9...9],
                transport: .tcp))
        #expect(packets.aims(.egress).map(\.destinationPorts) == [80...80, 7000...7010])
        #expect(packets.aims(.egress).allSatisfy { $0.sourcePorts == 9...9 })
        #expect(packets.aims(.ingress).map(\.sourcePorts) == [80...80, 7000...7010])
        #expect(packets.objects[1].description.contains("ports 7000-7010"))
    }

    @Test(
        "are refused when they are everything, nothing, or cannot be told",
        arguments: [
            (PacketSelector(interface: "eth1"), "which is everything"),
            (PacketSelector(interface: "eth1", peers: ["10.0.0"]), "'10.0.0' is no address"),
            (PacketSelector(interface: "a-very-long-name", port: 1), "no name of an interface"),
            (
                PacketSelector(interface: "eth1", port: 1, direction: .both, user: 7),
                "which user a packet that comes in"
            ),
            (PacketSelector(interface: "lo", peers: ["127.0.0.0/8"]), "the drill itself"),
        ])
    func refused(packets: PacketSelector, reason: String) {
        let error = #expect(throws: FaultError.self) {
            try NetworkShape(step: step(packets), identifier: "f1", limits: Limits())
        }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
        // The line stands before every problem of a playbook already.
        #expect(error?.object == "network.shape")
    }

    @Test("are planned as exact objects, and what stands in the way is named")
    func plan() throws {
        let packets = PacketSelector(interface: "lo", peers: ["127.0.0.1"], port: 7001)
        let fault = try NetworkShape(
            step: step(packets), identifier: "f1", limits: Limits(interfaces: ["lo"]))
        let able = fault.plan(system: nil, host: .fake(netem: true, nftables: true))
        #expect(able.backend == "netem")
        #expect(
            able.objects == [
                "interface lo, TCP to 127.0.0.1 port 7001",
                "interface lo, UDP to 127.0.0.1 port 7001",
            ])
        #expect(able.backendNote.contains("goes out over lo"))
        let unable = fault.plan(system: nil, host: .fake())
        #expect(unable.backend == "" && unable.backendNote.contains("sch_netem"))
        let narrow = try NetworkShape(step: step(packets), identifier: "f1", limits: Limits())
            .plan(system: nil, host: .fake(netem: true))
        #expect(narrow.backendNote.contains("limits.interfaces does not name 'lo'"))
        let gone = try NetworkShape(
            step: step(PacketSelector(interface: "fd-gone", port: 1)), identifier: "f1",
            limits: Limits(interfaces: ["fd-gone"]))
        #expect(gone.plan(system: nil, host: .fake(netem: true)).backendNote.contains("fd-gone"))
    }

    @Test("of a user need nf_tables, and the plan says so")
    func user() throws {
        let fault = try NetworkShape(
            step: step(PacketSelector(interface: "lo", port: 1, user: 7)), identifier: "f1",
            limits: Limits(interfaces: ["lo"]))
        #expect(
            fault.plan(system: nil, host: .fake(netem: true)).backendNote.contains("nf_tables"))
        #expect(
            fault.plan(system: nil, host: .fake(netem: true, nftables: true)).backend == "netem")
    }

    @Test("are not those of a session over ssh")
    func ssh() {
        let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 10, 0, 0, 7]
        for address in [[10, 0, 0, 7], mapped] as [[UInt8]] {
            let path = ControlPath(sockets: [
                SocketTableEntry(
                    local: SocketEndpoint(address: address, port: 22),
                    remote: SocketEndpoint(address: address, port: 50_000), state: .established,
                    cookie: 1)
            ])
            let all = PacketAim(transport: nil, destination: AddressRange("10.0.0.0/8"))
            #expect(path.objection(to: [all], .egress)?.contains("ssh session") == true)
            let port = PacketAim(
                destination: AddressRange("10.0.0.0/8"), destinationPorts: 5432...5432)
            #expect(path.objection(to: [port], .egress) == nil)
            let other = PacketAim(transport: nil, source: AddressRange("10.1.0.0/16"))
            #expect(path.objection(to: [other], .ingress) == nil)
            let local = PacketAim(destinationPorts: 22...22)
            #expect(path.objection(to: [local], .ingress) != nil)
            #expect(path.objection(to: [local], .egress) == nil)
        }
    }

    @Test("of ssh are known by the usual port, by sessions, and by what sshd listens on")
    func sshPorts() {
        let socket = { (port: UInt16, inode: UInt32, state: SocketTableEntry.State) in
            SocketTableEntry(
                local: SocketEndpoint(address: [10, 0, 0, 1], port: port),
                remote: SocketEndpoint(address: [10, 0, 0, 2], port: 50_000), state: state,
                cookie: UInt64(inode), inode: inode)
        }
        let ports = SSHPorts.of(
            [
                socket(2022, 1, .listening), socket(2022, 2, .established),
                // Forwarded by a session, and held by sshd too.
                socket(41_000, 3, .established),
                // Somebody else's.
                socket(8080, 4, .listening),
                // sshd's own session on a listener that the service manager holds.
                socket(2023, 5, .listening), socket(2023, 6, .established),
            ], sessions: ["10.0.0.2 50000 10.0.0.1 2222", "torn"], inodes: [1, 2, 3, 6])
        #expect(ports == [22, 2022, 2023, 2222])
    }

    @Test("that u32 steers may not be ssh's, also before a session begins")
    func unspared() {
        let path = ControlPath(sockets: [], ports: [22, 2222])
        let everything = PacketAim(transport: nil, destination: AddressRange("0.0.0.0/0"))
        #expect(path.objection(toUnsparing: [everything], .egress)?.contains("port 22") == true)
        let one = PacketAim(transport: .tcp, destinationPorts: 5432...5432)
        #expect(path.objection(toUnsparing: [one], .egress) == nil)
        let own = PacketAim(transport: .tcp, destinationPorts: 2222...2222)
        #expect(path.objection(toUnsparing: [own], .ingress)?.contains("2222") == true)
        let datagrams = PacketAim(transport: .udp, destinationPorts: 22...22)
        #expect(path.objection(toUnsparing: [datagrams], .ingress) == nil)
    }

    @Test("of all ports are refused where the host's policy protects one")
    func policy() throws {
        var policy = HostPolicy()
        policy.protectedPorts = [22]
        let radius = BlastRadius(
            limits: Limits(interfaces: ["eth1"]), protected: [:], policy: policy)
        let all = PacketAim(transport: nil, destination: AddressRange("10.0.0.7"))
        #expect(throws: FaultError.self) { try radius.check([.packets(interface: "eth1", all)]) }
        let one = PacketAim(destinationPorts: 80...80)
        try radius.check([.packets(interface: "eth1", one)])
    }

    @Test("must have met the fault, or nothing is proven")
    func counted() {
        for (count, expected) in [
            (0, .unproven), (nil, .unproven), (5, .confirmed),
        ] as [(UInt64?, FaultRecord.Injection)] {
            var proof = EffectProof(.confirmed, "as asked")
            proof.require(aimedPackets: count)
            #expect(proof.injection == expected)
            #expect(proof.achieved.count == 1)
        }
        var wrong = EffectProof(.mismatch, "too much")
        wrong.require(aimedPackets: 0)
        #expect(wrong.injection == .mismatch)
    }
}

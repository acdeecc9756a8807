import Glibc
import Kernel
import Playbooks
import Testing

@testable import Faults

@Suite("What the host's policy forbids")
struct HostPolicyObjectionTests {
    private let process = ProcessIdentity(pid: 4711, startTime: 1)
    private let limits = Limits(
        processes: 9, disk: ByteCount(1 << 30), interfaces: ["eth0", "eth1", "lo"],
        paths: ["/srv/data", "/var", "/mnt/x"])

    private var policy: HostPolicy {
        var policy = HostPolicy(file: "/etc/p.yaml")
        policy.protectedProcesses = ["sshd"]
        policy.protectedUsers = ["postgres"]
        policy.protectedPorts = [22]
        policy.protectedInterfaces = ["eth1"]
        policy.protectedPaths = ["/srv"]
        return policy
    }

    private func check(
        _ object: AimedObject, _ policy: HostPolicy, traits: ProcessTraits = ProcessTraits()
    ) throws {
        try BlastRadius(
            limits: limits, protected: [:], policy: policy, defaultInterfaces: ["eth0"],
            traits: { _ in traits }
        ).check([object])
    }

    @Test(
        "A process of the host is refused by its command line, its user and its port",
        arguments: [
            (ProcessTraits(commandLine: "/usr/sbin/sshd -D"), "'sshd'"),
            (ProcessTraits(users: ["113", "postgres"]), "user postgres"),
            (ProcessTraits(ports: [22]), "port 22"),
        ])
    func processes(traits: ProcessTraits, said: String) throws {
        let error = #expect(throws: FaultError.self) {
            try check(.process(process, node: nil), policy, traits: traits)
        }
        #expect(error?.description.contains(said) == true)
        try check(.process(process, node: "a"), policy, traits: traits)
        try check(.process(process, node: nil), policy)
    }

    @Test("A protected user is known by its number; one that cannot be looked up refuses")
    func users() throws {
        let own = try #require(ProcessTable.identity(of: getpid()))
        let answers: [String: UserLookup] = ["me": .found(geteuid()), "ldap": .failed]
        func traits(_ names: [String]) -> ProcessTraits {
            ProcessTraits(
                of: own, listeners: PortListeners([]),
                protected: ProtectedUsers(names) { answers[$0] ?? .absent })
        }
        var policy = HostPolicy()
        policy.protectedUsers = ["nobody else", "me"]
        #expect(policy.objection(to: traits(policy.protectedUsers))?.contains("user me") == true)
        policy.protectedUsers = ["ldap"]
        let unknown = policy.objection(to: traits(policy.protectedUsers))
        #expect(unknown?.contains("cannot say now who that is") == true)
        policy.protectedUsers = ["nobody else"]
        #expect(policy.objection(to: traits(policy.protectedUsers)) == nil)
        #expect(UserTable.look(up: "root") == .found(0))
        #expect(UserTable.look(up: "4711") == .found(4711))
        #expect(UserTable.look(up: "no such user") == .absent)
    }

    @Test(
        "Interfaces, ports and file systems are refused though the limits name them",
        arguments: [
            (.interface("eth1", port: 80), "protects interface eth1"),
            (.interface("eth0", port: 80), "default route"),
            (.interface("lo", port: 22), "protects port 22"),
            (.packets(interface: "lo", PacketAim(destinationPorts: 20...30)), "protects port 22"),
            (.fileSystem(mountPoint: "/srv/data", bytes: ByteCount(1), node: nil), "protects /srv"),
            (.fileSystem(mountPoint: "/var", bytes: ByteCount(1), node: nil), "allow.paths"),
        ] as [(AimedObject, String)])
    func objects(object: AimedObject, said: String) throws {
        let error = #expect(throws: FaultError.self) { try check(object, policy) }
        #expect(error?.description.contains(said) == true, "\(String(describing: error))")
    }

    @Test(
        "Packets of a protected port are refused by the clients' ports too, whichever end is named",
        arguments: [
            (PacketAim(destinationPorts: 1024...8079), true),
            (PacketAim(sourcePorts: 8081...65_535), true),
            (PacketAim(destinationPorts: 1...1024), true),
            (PacketAim(), true),
            (PacketAim(destinationPorts: 5432...5432), false),
            (PacketAim(destinationPorts: 443...500), false),
            (PacketAim(sourcePorts: 5432...5432, destinationPorts: 1024...8079), false),
            (PacketAim(sourcePorts: 8000...8100, destinationPorts: 9...9), true),
        ])
    func clients(aim: PacketAim, isRefused: Bool) {
        var policy = HostPolicy()
        policy.protectedPorts = [8080]
        for object in [AimedObject.packets(interface: "lo", aim), .rules(interface: "lo", aim)] {
            let refused = BlastRadius(limits: limits, protected: [:], policy: policy)
                .refusals(of: [object])
            #expect(refused.isEmpty != isRefused, "\(refused)")
            #expect(refused.allSatisfy { $0.reason.contains("port 8080") })
        }
    }

    @Test("What a policy names one by one is allowed, and so is what it does not know")
    func allowed() throws {
        var wide = policy
        wide.allowedInterfaces = ["eth0"]
        wide.allowedPaths = ["/var"]
        try check(.interface("eth0", port: 80), wide)
        try check(.fileSystem(mountPoint: "/var", bytes: ByteCount(1), node: nil), wide)
        try check(.interface("lo", port: 80), policy)
        try check(.fileSystem(mountPoint: "/mnt/x", bytes: ByteCount(1), node: nil), policy)
    }

    @Test("Faults at the same time are counted, and one that is out makes room")
    func concurrent() throws {
        let used = LimitsUse()
        var policy = HostPolicy()
        policy.faults = 1
        try used.reserve([], fault: "f1", limits: limits, policy: policy)
        #expect(throws: FaultError.self) {
            try used.reserve([], fault: "f2", limits: limits, policy: policy)
        }
        used.release(fault: "f1")
        try used.reserve([], fault: "f2", limits: limits, policy: policy)
    }
}

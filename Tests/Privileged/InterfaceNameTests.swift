import Glibc
import Kernel
import Playbooks
import Records
import Testing

@testable import Faults

/// Names of interfaces and paths of namespaces that mean what a policy protects.
@Suite("An interface by another name (needs root)", .timeLimit(.minutes(1)))
struct InterfaceNameTests {
    /// What the rules say to a cut of packets, asked inside a namespace with the default route `v0`.
    private func refusals(
        _ packets: PacketSelector, limits: [String], protecting protected: [String] = [],
        allowing allowed: [String] = [], in namespace: NetworkNamespace
    ) throws -> [String] {
        let limits = Limits(interfaces: limits)
        let step = FaultStep(
            kind: "network.blackhole", selector: Selector(packets: packets),
            duration: .seconds(3))
        var policy = HostPolicy()
        policy.protectedInterfaces = protected
        policy.allowedInterfaces = allowed
        return try NamedNetworkNamespace(path: "/proc/\(namespace.process)/ns/net").inside {
            let fault = try FaultCatalogue.make(step: step, identifier: "f1", limits: limits)
            let planned = fault.plan(system: nil, host: .probe())
            guard !planned.backend.isEmpty else { return [planned.backendNote] }
            let radius = BlastRadius.ofThisProcess(
                pid: getpid(), limits: limits, policy: policy, others: [])
            return radius.refusals(of: fault.hostAim(planned).objects).map(\.reason)
        }
    }

    private func namespace() async throws -> NetworkNamespace {
        let namespace = try await NetworkNamespace.make()
        let made = """
            set -e
            ip link add v0 type veth peer name far; ip link set v0 up; ip link set far up
            ip addr add 10.99.0.1/24 dev v0
            ip link property add dev v0 altname another9name
            ip route add default via 10.99.0.2
            """
        try #require(try await namespace.run(made) == 0)
        return namespace
    }

    @Test("is the same interface for the limits, for the policy and as a default route")
    func own() async throws {
        let namespace = try await namespace()
        let own = "/proc/thread-self/ns/net"
        let packets = [
            (PacketSelector(interface: "v0", port: 80), "v0"),
            (PacketSelector(interface: "another9name", port: 80), "another9name"),
            (PacketSelector(interface: "v0", port: 80, namespace: own), "v0 in \(own)"),
        ]
        for (packets, words) in packets {
            let route = try refusals(packets, limits: [words], in: namespace)
            #expect(!route.isEmpty && route.allSatisfy { $0.contains("default route") }, "\(words)")
            let protected = try refusals(
                packets, limits: [words], protecting: ["v0"], in: namespace)
            #expect(protected.allSatisfy { $0.contains("protects interface v0") }, "\(words)")
            #expect(protected.count == route.count)
            for allowed in ["v0", "another9name"] {
                #expect(
                    try refusals(
                        packets, limits: ["v0"], allowing: [allowed], in: namespace
                    ).isEmpty, "\(words)")
            }
            let narrow = try refusals(packets, limits: ["lo"], in: namespace)
            #expect(narrow.first?.contains("limits.interfaces does not name") == true, "\(narrow)")
        }
        await namespace.remove()
    }

    @Test("in another namespace is the same, however the namespace's path is written")
    func other() async throws {
        let here = try await NetworkNamespace.make()
        let there = try await namespace()
        let path = "/proc/\(there.process)/ns/net"
        let spelled = "/proc/\(there.process)/../\(there.process)/ns/net"
        let packets = PacketSelector(interface: "v0", port: 80, namespace: spelled)
        let refused = try refusals(
            packets, limits: ["v0 in \(spelled)"], protecting: ["v0 in \(path)"], in: here)
        #expect(refused.first?.contains("protects interface v0 in") == true, "\(refused)")
        #expect(
            try refusals(
                packets, limits: ["v0 in \(path)"], protecting: ["v0"], in: here
            ).isEmpty)
        await here.remove()
        await there.remove()
    }

    @Test("is locked under one name")
    func locks() async throws {
        let namespace = try await namespace()
        let path = "/proc/\(namespace.process)/ns/net"
        let spelled = "/proc/./\(namespace.process)/ns/net"
        let places = ["v0 in \(path)", "v0 in \(spelled)", "another9name in \(path)"]
        #expect(Set(places.map { AimedObject.interface($0, port: 1).resource }).count == 1)
        await namespace.remove()
    }

    @Test("is the drill's own loopback, which has to be aimed at by a port")
    func loopback() async throws {
        let namespace = try await namespace()
        let own = "/proc/thread-self/ns/net"
        let refused = try refusals(
            PacketSelector(interface: "lo", peers: ["127.0.0.0/8"], namespace: own),
            limits: ["lo in \(own)"], in: namespace)
        #expect(refused.first?.contains("it would hit the drill itself") == true, "\(refused)")
        await namespace.remove()
    }
}

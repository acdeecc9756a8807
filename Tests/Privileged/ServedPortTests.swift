import Glibc
import Kernel
import Playbooks
import Testing

@testable import Faults

@Suite("Ports that a policy protects (needs root)", .timeLimit(.minutes(1)))
struct ServedPortTests {
    @Test(
        "protect who serves them in other network namespaces, by TCP and by UDP",
        arguments: [SOCK_STREAM, SOCK_DGRAM])
    func namespaces(type: __socket_type) async throws {
        let namespace = try await NetworkNamespace.make()
        let socket = try NamespaceSocket(type, in: namespace)
        let port = Int(try socket.bindToFreePort(listening: type == SOCK_STREAM))
        let own = try #require(ProcessTable.identity(of: getpid()))
        var policy = HostPolicy()
        policy.protectedPorts = [port]
        let radius = BlastRadius(
            limits: Limits(processes: 1), protected: [:], policy: policy,
            traits: {
                ProcessTraits(
                    of: $0, listeners: PortListeners([port]), protected: ProtectedUsers([]))
            })
        let refused = radius.refusals(of: [.process(own, node: nil)]).map(\.reason)
        #expect(refused.first?.contains("protects port \(port)") == true, "\(refused)")
        _ = socket
        await namespace.remove()
    }
}

import Glibc
import Records
import Testing
import Undo

@testable import Kernel

@Suite("What a fault stands on, gone", .timeLimit(.minutes(1)))
struct VanishingTests {
    /// An end of a veth pair with somebody's tbf on it, and a fault over that.
    private func fault(
        in namespace: NetworkNamespace
    ) async throws -> (fault: TokenBucketTree, prior: QueueingTree) {
        let script = """
            set -e
            ip link add near type veth peer name far
            ip link set near up
            tc qdisc add dev near root handle 5: tbf rate 1mbit burst 1600 limit 9000
            """
        try #require(try await namespace.run(script) == 0)
        let inside = namespace.descriptor.number
        let index = try NetworkNamespaces.inside(inside) { if_nametoindex("near") }
        let fault = TokenBucketTree(
            interface: Int32(index),
            aims: [PacketAim(transport: .udp, destinationPorts: 7001...7001)], rate: 100_000,
            namespace: inside)
        let prior = try fault.snapshot()
        try fault.install(over: prior)
        return (fault, prior)
    }

    @Test("an interface that is not there is an error that names it")
    func missing() async throws {
        let namespace = try await NetworkNamespace.make()
        let fault = TokenBucketTree(
            interface: 4711, aims: [PacketAim(destinationPorts: 1...1)], rate: 100_000,
            namespace: namespace.descriptor.number)
        for attempt in [{ _ = try fault.snapshot() }, { try fault.install() }] {
            #expect { try attempt() } throws: { error in
                (error as? KernelError)?.number == ENODEV && "\(error)".contains("interface 4711")
            }
        }
        #expect { try NetworkInterface.index(of: "nosuch0") } throws: {
            "\($0)".contains("nosuch0")
        }
        await namespace.remove()
    }

    @Test("an interface that vanishes takes the fault with it, and every step says so")
    func interface() async throws {
        let namespace = try await NetworkNamespace.make()
        let (fault, prior) = try await fault(in: namespace)
        try #require(try await namespace.run("ip link del near") == 0)
        #expect(try fault.statistics() == nil)
        #expect(try fault.differences().first?.contains("missing") == true)
        try fault.lift()
        #expect(try fault.remove(restoring: prior) == .interfaceGone)
        #expect(throws: KernelError.self) { try fault.install(over: prior) }
        await namespace.remove()
    }

    @Test("an undo record of an interface that vanished has nothing left to do")
    func record() async throws {
        let namespace = try await NetworkNamespace.make()
        let (fault, prior) = try await fault(in: namespace)
        let inside = namespace.descriptor.number
        let reversal = Reversal.restoreQdiscs(
            interface: "near", index: fault.interface, handle: fault.handle, prior: prior)
        let undone = try NetworkNamespaces.inside(inside) { ReversalPerformer().perform(reversal) }
        #expect(undone.isClean, "\(undone)")
        #expect(try fault.tree() == prior)

        // Under another name it is another interface, whose queueing is nobody's business.
        let rename = "ip link set near down; ip link set near name other"
        try #require(try await namespace.run(rename) == 0)
        try fault.install(over: fault.tree())
        let during = try fault.tree()
        let kept = try NetworkNamespaces.inside(inside) { ReversalPerformer().perform(reversal) }
        #expect(kept.comparisons.first?.after == "the interface is gone")
        #expect(try fault.tree() == during)
        try #require(try await namespace.run("ip link del other") == 0)
        let gone = try NetworkNamespaces.inside(inside) { ReversalPerformer().perform(reversal) }
        #expect(gone.isClean, "\(gone)")
        await namespace.remove()
    }

    @Test("a namespace that everybody has left can still be undone through its descriptor")
    func namespace() async throws {
        let namespace = try await NetworkNamespace.make()
        let (fault, prior) = try await fault(in: namespace)
        await namespace.remove()
        #expect(try fault.differences() == [])
        #expect(try fault.remove(restoring: prior) == .same)
        #expect(try fault.tree() == prior)
    }

    @Test("a descriptor of no namespace is an error that says what was attempted")
    func noNamespace() throws {
        let descriptor = Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC))
        let fault = TokenBucketTree(
            interface: 1, aims: [PacketAim(destinationPorts: 1...1)], rate: 100_000,
            namespace: descriptor.number)
        #expect { try fault.snapshot() } throws: { error in
            (error as? KernelError)?.number == EINVAL && "\(error)".contains("setns")
        }
    }
}

import Glibc
import Kernel
import Playbooks
import Records
import Testing
import Undo

@testable import Faults

@Suite("Resets of connections over an interface (needs root)", .serialized, .timeLimit(.minutes(1)))
struct ConnectionResetTests {
    private func run(
        _ packets: PacketSelector, limits: Limits, _ arguments: [String: ArgumentValue] = [:]
    ) async throws -> FaultRecord {
        let step = FaultStep(
            kind: "network.reset", selector: Selector(packets: packets),
            arguments: Arguments(arguments))
        let fault = try FaultCatalogue.make(step: step, identifier: "f1", limits: limits)
        let context = FaultContext(
            testbed: nil, undo: OpenUndoStack(), limits: limits, host: .probe(),
            now: { DrillTime(nanoseconds: MonotonicClock.now) }, seed: 7, report: { _ in },
            limitsUsed: LimitsUse())
        return await FaultLife(fault, context: context).run()
    }

    /// Holds connections to two ports from within a namespace, as a service there would.
    private func client(
        of ports: [UInt16], in namespace: NetworkNamespace
    ) throws -> ChildProcess {
        let opened = ports.enumerated().map { "exec \($0 + 3)<>/dev/tcp/127.0.0.1/\($1)" }
        let path = "/proc/\(getpid())/fd/\(namespace.descriptor.number)"
        return try ChildProcess.spawn(
            .init(
                executable: "/usr/bin/nsenter",
                arguments: [
                    "--net=\(path)", "/bin/bash", "-c",
                    (opened + ["exec sleep 60"]).joined(separator: "; "),
                ]))
    }

    @Test("end those that are aimed at, in another namespace: no other one, no listener, not ours")
    func aimed() async throws {
        let namespace = try await NetworkNamespace.make()
        let path = "/proc/self/fd/\(namespace.descriptor.number)"
        let (listener, port) = try NamespaceSocket.listener(in: namespace)
        let (besideListener, besidePort) = try NamespaceSocket.listener(in: namespace)
        let process = try client(of: [port, besidePort], in: namespace)
        let aimed = try #require(listener.accept(within: 20_000))
        let beside = try #require(besideListener.accept(within: 20_000))
        // This process stands for the drill, whose own connections are spared.
        let own = try NamespaceSocket(SOCK_STREAM, in: namespace)
        try #require(own.connect(to: port, within: 5000) == 0)
        let packets = PacketSelector(interface: "lo", port: Int(port), namespace: path)
        let record = try await run(packets, limits: Limits(interfaces: ["lo in \(path)"]))
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.undo == .clean, "\(record.comparisons)")
        #expect(record.backend == "sock_diag")
        #expect(record.achieved.first?.during?.value == 1)
        #expect(aimed.sendByte() != 0)
        #expect(beside.sendByte() == 0)
        #expect(own.sendByte() == 0)
        let again = try NamespaceSocket(SOCK_STREAM, in: namespace)
        #expect(again.connect(to: port, within: 5000) == 0)
        _ = await process.terminate(grace: .zero)
        await namespace.remove()
    }

    @Test("are refused where the limits do not name the interface")
    func refused() async throws {
        let namespace = try await NetworkNamespace.make()
        let path = "/proc/self/fd/\(namespace.descriptor.number)"
        let packets = PacketSelector(interface: "lo", port: 9, namespace: path)
        let record = try await run(packets, limits: Limits())
        #expect(record.proof.contains("limits.interfaces"), "\(record.proof)")
        #expect(record.undo == .clean)
        await namespace.remove()
    }
}

import Glibc
import Kernel
import Playbooks
import Records
import Synchronization
import Systems
import Testing
import Undo

@testable import Faults

/// Faults aimed at packets of an interface outside a testbed, in a namespace of its own.
@Suite("Faults of an interface (needs root)", .serialized, .timeLimit(.minutes(3)))
struct InterfaceFaultTests {
    /// An undo stack that keeps what is open.
    private final class Stack: UndoStack {
        let open = Mutex<[UndoRecord]>([])

        func push(_ record: UndoRecord) async throws -> UndoReceipt {
            open.withLock { $0.append(record) }
            return UndoReceipt(recordedAt: MonotonicClock.now, acknowledgedAt: MonotonicClock.now)
        }

        func update(_ record: UndoRecord) async throws {}

        func close(_ identifier: String) async throws {
            open.withLock { open in open.removeAll { $0.identifier == identifier } }
        }
    }

    /// What connections to a port came to while a fault was in, by errno.
    private actor Tries {
        private(set) var results: [Int32: Int] = [:]

        func note(_ result: Int32) { results[result, default: 0] += 1 }
    }

    private func run(
        _ kind: String, _ namespace: NetworkNamespace, port: UInt16,
        direction: PacketSelector.Direction = .egress, _ arguments: [String: ArgumentValue] = [:],
        for duration: Duration = .seconds(2), stack: Stack = Stack()
    ) async throws -> FaultRecord {
        let path = "/proc/self/fd/\(namespace.descriptor.number)"
        let step = FaultStep(
            kind: kind,
            selector: Selector(
                packets: PacketSelector(
                    interface: "lo", port: Int(port), direction: direction, namespace: path)),
            arguments: Arguments(arguments), duration: duration)
        let limits = Limits(interfaces: ["lo in \(path)"])
        let fault = try FaultCatalogue.make(step: step, identifier: "f1", limits: limits)
        let context = FaultContext(
            testbed: nil, undo: stack, limits: limits, host: .probe(),
            now: { DrillTime(nanoseconds: MonotonicClock.now) }, seed: 7, report: { _ in },
            limitsUsed: LimitsUse())
        return await FaultLife(fault, context: context).run()
    }

    /// Connects to a listener again and again as long as `body` runs.
    private func connecting(
        to listener: (socket: NamespaceSocket, port: UInt16), in namespace: NetworkNamespace,
        while body: () async throws -> FaultRecord
    ) async throws -> (record: FaultRecord, tries: [Int32: Int]) {
        let tries = Tries()
        let task = Task {
            while !Task.isCancelled {
                let socket = try NamespaceSocket(SOCK_STREAM, in: namespace)
                await tries.note(socket.connect(to: listener.port, within: 100))
                while listener.socket.accept(within: 0) != nil {}
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
        let record = try await body()
        task.cancel()
        _ = await task.result
        return (record, await tries.results)
    }

    @Test(
        "cut and refuse connections to the aimed port, prove it, and leave nothing",
        arguments: [
            ("network.blackhole", ETIMEDOUT), ("network.partition", ETIMEDOUT),
            ("network.refuse", ECONNREFUSED),
        ])
    func cuts(kind: String, result: Int32) async throws {
        let namespace = try await NetworkNamespace.make()
        let aimed = try NamespaceSocket.listener(in: namespace)
        let beside = try NamespaceSocket.listener(in: namespace)
        let (record, tries) = try await connecting(to: aimed, in: namespace) {
            let (record, others) = try await connecting(to: beside, in: namespace) {
                try await run(kind, namespace, port: aimed.port)
            }
            #expect(others.keys.allSatisfy { $0 == 0 }, "\(others)")
            return record
        }
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.backend == "nftables")
        #expect(record.undo == .clean, "\(record.comparisons)")
        // Before, during, and after.
        #expect(tries[0, default: 0] > 0 && tries[result, default: 0] > 0, "\(tries)")
        let passed = record.achieved.filter { $0.name.hasPrefix("packets of the aim") }
        #expect(passed.allSatisfy { ($0.before?.value ?? 0) > 0 && $0.during?.value == 0 })
        #expect(try await namespace.run("! nft list ruleset | grep -q .") == 0)
        await namespace.remove()
    }

    @Test("refuse connections both ways at once, and prove it by the refusals that left")
    func refusesBoth() async throws {
        let namespace = try await NetworkNamespace.make()
        let aimed = try NamespaceSocket.listener(in: namespace)
        let (record, tries) = try await connecting(to: aimed, in: namespace) {
            try await run("network.refuse", namespace, port: aimed.port, direction: .both)
        }
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(tries[ECONNREFUSED, default: 0] > 0, "\(tries)")
        // One that was under way when the rules came, or went, may have lost its answer to them.
        #expect(tries[ETIMEDOUT, default: 0] <= 2, "\(tries)")
        let refusals = record.achieved.filter { $0.name.hasPrefix("refusals of packets") }
        #expect(refusals.count == 2)
        #expect(refusals.contains { ($0.during?.value ?? 0) > 0 })
        #expect(record.undo == .clean, "\(record.comparisons)")
        await namespace.remove()
    }

    @Test("prove nothing where no packet of the aim crosses")
    func idle() async throws {
        let namespace = try await NetworkNamespace.make()
        let record = try await run("network.blackhole", namespace, port: 9)
        #expect(record.injection == .unproven, "\(record.proof)")
        #expect(record.undo == .clean)
        await namespace.remove()
    }

    @Test("bound the rate of what goes out and what comes in, and give the interface back")
    func rate() async throws {
        let namespace = try await NetworkNamespace.make()
        let listener = try NamespaceSocket.listener(in: namespace)
        let tree = { try await namespace.run("! tc qdisc show dev lo | grep -qv noqueue") }
        #expect(try await tree() == 0)
        let (record, _) = try await connecting(to: listener, in: namespace) {
            try await run(
                "network.rate", namespace, port: listener.port, direction: .both,
                ["bytes_per_second": .byteCount(ByteCount(500_000))], for: .seconds(4))
        }
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.undo == .clean, "\(record.comparisons)")
        #expect(record.achieved.count { $0.name.hasPrefix("bytes a second over") } == 2)
        #expect(try await tree() == 0)
        #expect(try await namespace.run("! ip link show type ifb | grep -q .") == 0)
        await namespace.remove()
    }

    @Test("are undone from their record alone, in the namespace they are in, also when it is gone")
    func undo() async throws {
        let namespace = try await NetworkNamespace.make()
        let stack = Stack()
        let task = Task {
            try await run(
                "network.rate", namespace, port: 9, direction: .both,
                ["bytes_per_second": .byteCount(ByteCount(500_000))], for: .seconds(600),
                stack: stack)
        }
        while try await namespace.run("tc qdisc show dev lo | grep -q ingress") != 0 {
            try await Task.sleep(for: .milliseconds(20))
        }
        let open = stack.open.withLock { $0 }
        #expect(open.count == 2)
        for record in open {
            guard case .inside(let identity, _) = record.reversal else {
                Issue.record("\(record.reversal)")
                continue
            }
            #expect(NamedNetworkNamespace(identity) != nil)
            #expect(ReversalPerformer().perform(record.reversal).isClean)
        }
        #expect(try await namespace.run("! tc qdisc show dev lo | grep -qv noqueue") == 0)
        #expect(try await namespace.run("! ip link show type ifb | grep -q .") == 0)
        task.cancel()
        _ = await task.result
        await namespace.remove()
        let gone = NamedNetworkNamespace.Identity(path: "/run/netns/fd-gone", device: 1, inode: 1)
        let outcome = ReversalPerformer().perform(
            .inside(gone, .deleteQdisc(interface: "lo", index: 1, handle: 9 << 16)))
        #expect(outcome.isClean)
        #expect(outcome.comparisons.first?.after.hasPrefix("gone") == true)
    }
}

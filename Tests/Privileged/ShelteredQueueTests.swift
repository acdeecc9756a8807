import Glibc
import Kernel
import Playbooks
import Records
import Synchronization
import Systems
import Testing
import Undo

@testable import Faults

/// What a rate on one flow does to the queue of somebody's that others wait in.
@Suite("A queue of somebody's under a fault (needs root)", .serialized, .timeLimit(.minutes(2)))
struct ShelteredQueueTests {
    private func run(
        _ namespace: NetworkNamespace, port: UInt16, rate: Int64, for duration: Duration
    ) async throws -> FaultRecord {
        let path = "/proc/self/fd/\(namespace.descriptor.number)"
        let step = FaultStep(
            kind: "network.rate",
            selector: Selector(
                packets: PacketSelector(interface: "lo", port: Int(port), namespace: path)),
            arguments: Arguments(["bytes_per_second": .byteCount(ByteCount(rate))]),
            duration: duration)
        let limits = Limits(interfaces: ["lo in \(path)"])
        let fault = try FaultCatalogue.make(step: step, identifier: "f1", limits: limits)
        let context = FaultContext(
            testbed: nil, undo: OpenUndoStack(), limits: limits, host: .probe(),
            now: { DrillTime(nanoseconds: MonotonicClock.now) }, seed: 7, report: { _ in },
            limitsUsed: LimitsUse())
        return await FaultLife(fault, context: context).run()
    }

    @Test("that never runs empty loses what waits at both ends, and the record counts each packet")
    func overfull() async throws {
        let namespace = try await NetworkNamespace.make()
        // 29 packets of one byte a second, and room for more than are sent.
        try #require(
            try await namespace.run(
                "tc qdisc add dev lo root handle 5: tbf rate 10kbit burst 1600 limit 5mb") == 0)
        let receiver = try NamespaceSocket(SOCK_DGRAM, in: namespace)
        let port = try receiver.bindToFreePort(listening: false)
        let sent = Mutex(0)
        let sender = Task {
            let socket = try NamespaceSocket(SOCK_DGRAM, in: namespace)
            while !Task.isCancelled {
                if socket.sendByte(to: port) == 0 { sent.withLock { $0 += 1 } }
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
        let record = try await run(namespace, port: 9, rate: 500_000, for: .seconds(3))
        sender.cancel()
        _ = await sender.result
        #expect(record.undo == .clean, "\(record.comparisons)")
        // Lets what is left go, to count it.
        try #require(
            try await namespace.run(
                "tc qdisc change dev lo root handle 5: tbf rate 1gbit burst 1mb limit 5mb") == 0)
        var arrived = 0
        while receiver.receivesByte(within: 500) { arrived += 1 }
        let lost = Double(sent.withLock { $0 } - arrived)
        let line = try #require(
            record.achieved.first { $0.name.hasPrefix("packets beside the aim") })
        let counted = (line.during?.value ?? 0) + (line.after?.value ?? 0)
        // The drill's own frames beside the aim wait among the others.
        let frames = try #require(
            record.achieved.first { $0.name == "packets lost on a flow beside it" })
        let own = frames.during?.value ?? 0
        #expect(lost > 50)
        // A few leave, or come in, between the looks and the exchange.
        #expect(abs(counted - lost - own) <= 10, "\(counted) of \(lost) and \(own)")
        #expect(!line.confirmed)
        await namespace.remove()
    }

    @Test("that runs empty soon loses nothing at either end")
    func calm() async throws {
        let namespace = try await NetworkNamespace.make()
        try #require(
            try await namespace.run(
                "tc qdisc add dev lo root handle 5: tbf rate 1mbit burst 1600 limit 5mb") == 0)
        let record = try await run(namespace, port: 9, rate: 500_000, for: .seconds(2))
        let line = try #require(
            record.achieved.first { $0.name.hasPrefix("packets beside the aim") })
        #expect(line.during?.value == 0 && line.after?.value == 0 && line.confirmed)
        #expect(record.undo == .clean, "\(record.comparisons)")
        await namespace.remove()
    }

    @Test("A rate that nobody can send is left alone after some seconds, and is not proven")
    func unreachable() async throws {
        let namespace = try await NetworkNamespace.make()
        let record = try await run(namespace, port: 9, rate: 12_500_000_000, for: .seconds(6))
        #expect(record.injection == .unproven)
        #expect(record.proof.contains("did not reach it"), "\(record.proof)")
        #expect(record.undo == .clean, "\(record.comparisons)")
        await namespace.remove()
    }

    @Test("A rate that nobody can send ends at once when the drill does")
    func cancelled() async throws {
        let namespace = try await NetworkNamespace.make()
        let task = Task {
            try await run(namespace, port: 9, rate: 12_500_000_000, for: .seconds(60))
        }
        while try await namespace.run("tc qdisc show dev lo | grep -q htb") != 0 {
            try await Task.sleep(for: .milliseconds(20))
        }
        try await Task.sleep(for: .seconds(1))
        let start = ContinuousClock.now
        task.cancel()
        let record = try await task.value
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(record.undo == .clean, "\(record.comparisons)")
        await namespace.remove()
    }
}

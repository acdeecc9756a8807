import FaultProxy
import FoundationEssentials
import Glibc
import Kernel
import Playbooks
import Records
import Systems
import Testing

@Suite("Reference testbed", .timeLimit(.minutes(2)))
struct ReferenceTests {
    private static let queue = "drill"

    /// The program that the same build made: the tests' own bundle is beside it.
    private static var executable: String {
        let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(package)/.build/debug/refqueue"
    }

    private static func withTestbed(
        _ settings: [String: ArgumentValue],
        _ body: (any Testbed, any QueueClient, TestDrill) async throws -> Void
    ) async throws {
        let drill = try TestDrill()
        let target = Target(kind: "reference", settings: Arguments(settings))
        let system = try ReferenceSystem(target: target, executable: executable)
        try await drill.use(system) { testbed, client in
            try await body(testbed, client, drill)
        }
    }

    private static func enqueue(
        _ sequence: Int, _ client: any QueueClient, on node: String
    ) async -> Answer<Void> {
        let message = MessageIdentifier(producer: 0, sequence: sequence)
        return await client.enqueue(
            message, body: MessageBody(run: "00000000", message: message).encoded(size: 100),
            queue: queue, on: node, deadline: .seconds(5))
    }

    /// Whether a message is acknowledged within 30 s, tried again every 50 ms.
    private static func enqueues(
        _ sequence: Int, _ client: any QueueClient, on node: String
    ) async -> Bool {
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end {
            if await enqueue(sequence, client, on: node).isOK { return true }
            // Cancelled: the next attempt ends at once, and the clock ends the loop.
            try? await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    @Test("one node serves, dead-letters, and has everything after a kill and a restart")
    func oneNode() async throws {
        let policy = Arguments([
            "first": .duration(.milliseconds(10)), "attempts": .integer(2),
        ])
        let settings: [String: ArgumentValue] = [
            "nodes": .integer(1), "redelivery": .mapping(policy),
        ]
        try await Self.withTestbed(settings) { testbed, client, drill in
            #expect(await testbed.nodes().map(\.role) == [.primary])
            #expect(testbed.redelivery?.attempts == 2)
            for sequence in 1...10 {
                #expect(await Self.enqueue(sequence, client, on: "a").isOK)
            }
            for _ in 1...2 {
                let answer = await client.reserve(
                    queue: Self.queue, on: "a", lease: .seconds(10), wait: .seconds(1),
                    deadline: .seconds(5))
                guard case .ok(let delivery?, _) = answer else {
                    Issue.record("reserve answered \(answer)")
                    return
                }
                #expect(
                    await client.acknowledge(delivery, on: "a", deadline: .seconds(5)).isOK)
            }
            #expect(try await testbed.depth(of: Self.queue, on: "a").ready == 8)
            let process = try #require(await testbed.nodes().first?.process)
            try ProcessHandle(process).signal(SIGKILL)
            #expect(await ProcessHandle.end(of: process))
            // The first may still go over a connection from before the kill; the second cannot.
            for _ in 1...2 { #expect(!(await Self.enqueue(11, client, on: "a")).isOK) }
            #expect(testbed.wire.observations.last?.forwarded == false)
            #expect(await testbed.status(of: "a").result == .unhealthy)
            try await testbed.restart(node: "a")
            #expect(await testbed.status(of: "a").role == .primary)
            #expect(try await testbed.depth(of: Self.queue, on: "a").ready == 8)
            // A node calls itself primary a moment before it serves.
            #expect(await Self.enqueues(11, client, on: "a"))
            let wire = testbed.wire.observations.map(\.message.sequence)
            #expect(wire.prefix(10).elementsEqual(1...10))
            #expect(wire.count >= 12 && wire.dropFirst(10).allSatisfy { $0 == 11 })
        }
    }

    @Test("a refused message is dead after its attempts, under its identifier")
    func deadLetters() async throws {
        let policy = Arguments([
            "first": .duration(.milliseconds(10)), "cap": .duration(.milliseconds(20)),
            "attempts": .integer(2),
        ])
        let settings: [String: ArgumentValue] = [
            "nodes": .integer(1), "redelivery": .mapping(policy),
        ]
        try await Self.withTestbed(settings) { testbed, client, _ in
            #expect(await Self.enqueue(7, client, on: "a").isOK)
            for number in 1...2 {
                let answer = await client.reserve(
                    queue: Self.queue, on: "a", lease: .seconds(10), wait: .seconds(5),
                    deadline: .seconds(10))
                guard case .ok(let delivery?, _) = answer else {
                    Issue.record("reserve answered \(answer)")
                    return
                }
                #expect(delivery.number == number)
                _ = await client.refuse(
                    delivery, reason: "test", on: "a", deadline: .seconds(5))
            }
            let letters = try await testbed.deadLetters(of: Self.queue)
            #expect(letters == [MessageIdentifier(producer: 0, sequence: 7)])
            #expect(try await testbed.depth(of: Self.queue, on: "a").dead == 1)
        }
    }

    @Test("when the primary is killed the standby takes over with everything, and both work again")
    func failsOver() async throws {
        try await Self.withTestbed(["lease": .duration(.milliseconds(500))]) {
            testbed, client, drill in
            #expect(
                testbed.links.map(\.proxy.name) == [
                    "clients to a", "clients to b", "a to b", "b to a", "a to arbiter",
                    "b to arbiter",
                ])
            for link in testbed.links {
                #expect(await testbed.roundTrip(over: link, deadline: .seconds(5)) != nil)
            }
            let before = await testbed.nodes()
            let old = try #require(before.first { $0.role == .primary })
            let new = try #require(before.first { $0.role == .standby })
            for sequence in 1...20 {
                #expect(await Self.enqueue(sequence, client, on: old.name).isOK)
            }
            let redirected = await Self.enqueue(21, client, on: new.name)
            guard case .failed("409", redirect: old.name, _, isFinal: false) = redirected else {
                Issue.record("the standby answered \(redirected)")
                return
            }
            let process = try #require(old.process)
            try ProcessHandle(process).signal(SIGKILL)
            #expect(await ProcessHandle.end(of: process))
            #expect(await Self.enqueues(22, client, on: new.name))
            let end = ContinuousClock.now + .seconds(30)
            #expect(try await testbed.depth(of: Self.queue, on: new.name).ready == 21)
            try await testbed.restart(node: old.name)
            while await testbed.status(of: old.name).role != .standby, ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(50))
            }
            let roles = [old.name: NodeRole.standby, new.name: .primary]
            var seen: [String: NodeRole] = [:]
            while seen != roles, ContinuousClock.now < end {
                let nodes = await testbed.nodes()
                seen = Dictionary(uniqueKeysWithValues: nodes.map { ($0.name, $0.role) })
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(seen == roles)
            #expect(await Self.enqueues(23, client, on: new.name))
            let kinds = drill.events.filter { $0.subject == old.name }.map(\.kind)
            #expect(kinds.contains(.nodeExited) && kinds.contains(.nodeRestarted))
            #expect(
                drill.events.contains { $0.kind == .roleChanged && $0.subject == new.name })
        }
    }

    @Test("a drill's processes share a secret that is on no command line and in no log")
    func clusterToken() async throws {
        try await Self.withTestbed([:]) { testbed, client, drill in
            let process = try #require(await testbed.nodes().first?.process)
            let environment = try Self.bytes(of: "/proc/\(process.pid)/environ").split(separator: 0)
                .map { String(decoding: $0, as: UTF8.self) }
            let name = "REFQUEUE_CLUSTER_TOKEN="
            let variable = try #require(environment.first { $0.hasPrefix(name) })
            let token = String(variable.dropFirst(name.count))
            #expect(token.count == 64)
            #expect(await Self.enqueue(1, client, on: "a").isOK)
            let commandLine = try Self.bytes(of: "/proc/\(process.pid)/cmdline")
            #expect(!String(decoding: commandLine, as: UTF8.self).contains(token))
            #expect(!"\(drill.events)".contains(token))
            for log in try FileManager.default.contentsOfDirectory(atPath: "\(drill.directory)/log")
            {
                let text = try Self.bytes(of: "\(drill.directory)/log/\(log)")
                #expect(!String(decoding: text, as: UTF8.self).contains(token))
            }
        }
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        Array(try #require(FileManager.default.contents(atPath: path)))
    }

    private static let variants: [[String: ArgumentValue]] =
        [["durability": .string("async")]]
        + [
            "ack-before-commit", "async-replication", "no-fencing", "constant-retry",
            "lying-health", "crash-on-full-disk", "no-deduplication", "uptime-timestamps",
        ].map { ["weakness": .list([.string($0)])] }

    @Test("every durability and every weakness starts and serves", arguments: variants.indices)
    func startsVariants(index: Int) async throws {
        try await Self.withTestbed(Self.variants[index]) { testbed, client, _ in
            let primary = try #require(await testbed.nodes().first { $0.role == .primary })
            let answer = await Self.enqueue(1, client, on: primary.name)
            #expect(answer.isOK, "\(answer)")
        }
    }
}

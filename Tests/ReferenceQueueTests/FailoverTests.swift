import Foundation
import Synchronization
import Testing

@testable import ReferenceQueue

@Suite("Failover")
struct FailoverTests {
    private let first = (0..<40).map { "first-\($0)" }
    private let second = (0..<40).map { "second-\($0)" }

    /// Runs a test with a primary `a` and an attached standby `b`.
    private func withPair(
        _ configure: (inout NodeConfiguration) -> Void = { _ in },
        _ body: (Cluster, Node, Node) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let cluster = try Cluster(directory: directory)
            try await withThrowingDiscardingTaskGroup { group in
                let a = try cluster.start("a", peers: ["b"], in: &group, configure: configure)
                try #require(await eventually { a.isServing })
                let b = try cluster.start("b", peers: ["a"], in: &group, configure: configure)
                try #require(await eventually { await cluster.eligible() == ["a", "b"] })
                do {
                    try await body(cluster, a, b)
                } catch {
                    await cluster.stop()
                    throw error
                }
                await cluster.stop()
            }
        }
    }

    @Test("Nodes end with the task that runs them", .timeLimit(.minutes(2)))
    func cancellation() async throws {
        struct Abandoned: Error {}
        await #expect(throws: Abandoned.self) {
            try await withTemporaryDirectory { directory in
                let cluster = try Cluster(directory: directory)
                try await withThrowingDiscardingTaskGroup { group in
                    let a = try cluster.start("a", peers: ["b"], in: &group)
                    try cluster.start("b", peers: ["a"], in: &group)
                    _ = await eventually { a.isServing }
                    throw Abandoned()
                }
            }
        }
    }

    @Test("The standby of a primary that vanished has every acknowledged message")
    func takeOver() async throws {
        try await withPair { cluster, a, b in
            let acknowledged = await a.enqueue(first)
            #expect(acknowledged.count == first.count)
            cluster.cutOff("a")
            try #require(await eventually { b.isServing })
            #expect(b.bodies == acknowledged)
            #expect(await b.enqueue(second).count == second.count)
        }
    }

    @Test("A primary that lost its lease refuses writes and rejoins with the new history")
    func fencing() async throws {
        try await withPair { cluster, a, b in
            let before = await a.enqueue(first)
            cluster.cutOff("a")
            // Neither stored on the standby nor recorded as alone: it must not be acknowledged.
            #expect(await a.enqueue(["tail"]).isEmpty)
            try #require(await eventually { b.isServing })
            #expect(await a.enqueue(["later"]).isEmpty)
            let after = await b.enqueue(second)
            cluster.restore("a")
            try #require(await eventually { await cluster.eligible() == ["a", "b"] })
            #expect(!a.isServing)
            #expect(a.bodies == before.union(after))
            #expect(a.position == b.position)
        }
    }

    @Test("A primary goes on alone, and the standby that missed it may not take over")
    func stale() async throws {
        try await withPair { cluster, a, b in
            cluster.cutOff("b")
            let acknowledged = await a.enqueue(first)
            #expect(acknowledged.count == first.count)
            #expect(await cluster.eligible() == ["a"])
            cluster.cutOff("a")
            cluster.restore("b")
            // Three leases long nobody may serve, for nobody reachable has everything.
            for _ in 0..<300 where !b.isServing { try await Task.sleep(for: .milliseconds(10)) }
            #expect(!b.isServing)
            cluster.restore("a")
            try #require(await eventually { await cluster.eligible() == ["a", "b"] })
            #expect(b.bodies == acknowledged)
        }
    }

    @Test("An arbiter that lost its record ends the old epoch, and nothing acknowledged is lost")
    func lostRecord() async throws {
        try await withPair { cluster, a, b in
            let before = await a.enqueue(first)
            let epoch = a.position.epoch
            try cluster.loseRecord()
            try #require(await eventually { !a.isServing })
            try #require(await eventually { a.isServing != b.isServing })
            try #require(await eventually { await cluster.eligible() == ["a", "b"] })
            let primary = a.isServing ? a : b
            let after = await primary.enqueue(second)
            #expect(after.count == second.count)
            #expect(primary.position.epoch > epoch)
            #expect(a.bodies.isSuperset(of: before.union(after)))
            #expect(await eventually { a.bodies == b.bodies })
        }
    }

    /// Whether a node stays what it is for three leases.
    private func staysStandby(_ node: Node) async throws -> Bool {
        for _ in 0..<300 where !node.isServing { try await Task.sleep(for: .milliseconds(10)) }
        return !node.isServing
    }

    @Test("A node that lost its disk may not serve, whatever it was before", arguments: ["a", "b"])
    func wiped(name: String) async throws {
        try await withPair { cluster, a, b in
            let other = name == "a" ? "b" : "a"
            let acknowledged = await a.enqueue(first)
            // At once, so that nobody can record that the other one is gone.
            cluster.cutOff("a")
            cluster.cutOff("b")
            await cluster.end(name)
            try FileManager.default.removeItem(atPath: cluster.directory(of: name))
            try await withThrowingDiscardingTaskGroup { group in
                let empty = try cluster.start(name, peers: [other], in: &group)
                cluster.restore(name)
                #expect(await cluster.eligible() == ["a", "b"])
                #expect(try await staysStandby(empty))
                // The one that has everything serves, and the empty one gets it all back.
                cluster.restore(other)
                try #require(await eventually { (name == "a" ? b : a).isServing })
                try #require(await eventually { await cluster.eligible() == ["a", "b"] })
                #expect(await eventually { empty.bodies == acknowledged })
                cluster.cutOff(other)
                try #require(await eventually { empty.isServing })
                await cluster.end(name)
            }
        }
    }

    @Test("A node put back from an old copy may not serve without what came after")
    func oldCopy() async throws {
        try await withTemporaryDirectory { directory in
            let cluster = try Cluster(directory: directory)
            let copy = directory + "/copy"
            for round in 0..<3 {
                try await withThrowingDiscardingTaskGroup { group in
                    let a = try cluster.start("a", peers: [], in: &group)
                    if round == 2 {
                        #expect(try await staysStandby(a))
                    } else {
                        try #require(await eventually { a.isServing })
                        #expect(await a.enqueue(round == 0 ? first : second).count == 40)
                        // It tells with the next renewal, a third of a lease later.
                        let position = a.position
                        #expect(
                            await eventually {
                                await cluster.recordedPosition(of: "a") == position
                            })
                    }
                    await cluster.end("a")
                }
                let data = cluster.directory(of: "a")
                if round == 0 { try FileManager.default.copyItem(atPath: data, toPath: copy) }
                if round == 1 {
                    try FileManager.default.removeItem(atPath: data)
                    try FileManager.default.moveItem(atPath: copy, toPath: data)
                }
            }
        }
    }

    @Test("A key that was acknowledged before a failover is a duplicate after it")
    func keys() async throws {
        try await withPair { cluster, a, b in
            let message = NewMessage(body: "once", idempotencyKey: "k")
            let original = try await a.enqueue([message], queue: "jobs")
            cluster.cutOff("a")
            try #require(await eventually { b.isServing })
            let again = try await b.enqueue([message], queue: "jobs")
            #expect(again.map(\.id) == original.map(\.id))
            #expect(again.map(\.isDuplicate) == [true])
        }
    }

    @Test("Acknowledgements and failed attempts survive a failover; a lease is a lease no more")
    func settlements() async throws {
        try await withPair { cluster, a, b in
            _ = await a.enqueue(["done", "failed", "held"])
            for expected in ["done", "failed", "held"] {
                let delivery = try #require(
                    try await a.reserve(.queue("jobs"), wait: 1000, lease: 60_000))
                #expect(delivery.message.body == expected)
                switch expected {
                case "done": try await a.acknowledge(delivery.message.id, delivery.receipt)
                case "failed":
                    try await a.reject(delivery.message.id, delivery.receipt, error: "boom")
                default: break
                }
            }
            cluster.cutOff("a")
            try #require(await eventually { b.isServing })
            #expect(b.bodies == ["failed", "held"])
            let failures = b.shared.withLock {
                $0.queue.entries.values.map(\.message).filter { $0.failures == 1 }
            }
            #expect(failures.map(\.body) == ["failed"])
            let again = try #require(
                try await b.reserve(.queue("jobs"), wait: 1000, lease: 60_000))
            #expect(again.message.body == "held")
        }
    }

    @Test("With asynchronous durability the standby is not waited for, and follows")
    func asynchronous() async throws {
        try await withPair({
            $0.durability = .async
            $0.lease = .seconds(3)
        }) { cluster, a, b in
            let before = await a.enqueue(first)
            #expect(before.count == first.count)
            #expect(await eventually { b.bodies == before })
            cluster.cutOff("a")
            // Its lease holds for a while yet; what it accepts now is on its own disk alone.
            let alone = await a.enqueue(["alone"])
            #expect(alone.count == 1)
            try #require(await eventually { b.isServing })
            #expect(b.bodies == before)
            cluster.restore("a")
            try #require(await eventually { await cluster.eligible() == ["a", "b"] })
            #expect(a.bodies == before)
        }
    }

    @Test("A node that stops in order hands over at once, and nothing is lost")
    func handOver() async throws {
        try await withPair { cluster, a, b in
            let acknowledged = await a.enqueue(first)
            await a.stop()
            try #require(await eventually { b.isServing })
            #expect(b.bodies == acknowledged)
        }
    }
}

@Suite("Planted weaknesses of replication")
struct ReplicationWeaknessTests {
    private func lost(with weakness: Weakness) async throws -> Set<String> {
        try await withTemporaryDirectory { directory in
            let cluster = try Cluster(directory: directory)
            return try await withThrowingDiscardingTaskGroup { group in
                let a = try cluster.start("a", peers: ["b"], in: &group) {
                    $0.weaknesses = [weakness]
                }
                try #require(await eventually { a.isServing })
                let b = try cluster.start("b", peers: ["a"], in: &group)
                try #require(await eventually { await cluster.eligible() == ["a", "b"] })
                if weakness == .noFencing {
                    cluster.cutOff("a")
                    try #require(await eventually { b.isServing })
                    cluster.restore("a")
                    try #require(await eventually { a.shared.withLock { $0.role.lostAt != nil } })
                }
                let acknowledged = await a.enqueue((0..<5).map { "m\($0)" })
                #expect(acknowledged.count == 5)
                if weakness == .noFencing {
                    try #require(await eventually { await cluster.eligible() == ["a", "b"] })
                    #expect(a.bodies == b.bodies)
                } else {
                    cluster.cutOff("a")
                    try #require(await eventually { b.isServing })
                }
                let lost = acknowledged.subtracting(b.bodies)
                await cluster.stop()
                return lost
            }
        }
    }

    @Test(
        "Each one loses every acknowledged message of its window",
        arguments: [Weakness.ackBeforeCommit, .asyncReplication, .noFencing])
    func loses(weakness: Weakness) async throws {
        #expect(try await lost(with: weakness).count == 5)
    }

    @Test("A sound service loses none of them")
    func sound() async throws {
        #expect(try await lost(with: .constantRetry).isEmpty)
    }
}

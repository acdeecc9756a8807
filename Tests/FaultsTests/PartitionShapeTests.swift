import FaultProxy
import NIOPosix
import Records
import Systems
import Testing

@testable import Faults

@Suite("The shape of a partition")
struct PartitionShapeTests {
    private static let five = ["a", "b", "c", "d", "e"]

    private func separations(
        _ shape: PartitionShape, _ nodes: [String], primary: String? = "a", seed: UInt64 = 7
    ) throws -> Set<Separation> {
        var generator = SeededGenerator(seed: seed, stream: "test")
        return try shape.separations(nodes: nodes, primary: primary, generator: &generator)
    }

    /// Who hears whom beside itself.
    private func heard(by node: String, _ nodes: [String], _ cuts: Set<Separation>) -> Set<String> {
        Set(nodes.filter { $0 != node && !cuts.contains(Separation(sender: $0, receiver: node)) })
    }

    @Test("isolates the primary from everyone, both ways")
    func isolatePrimary() throws {
        let cuts = try separations(.isolatePrimary, Self.five, primary: "c")
        #expect(cuts.count == 8)
        #expect(heard(by: "c", Self.five, cuts) == [])
        #expect(heard(by: "a", Self.five, cuts) == ["b", "d", "e"])
        #expect(throws: FaultError.self) {
            try separations(.isolatePrimary, Self.five, primary: nil)
        }
    }

    @Test("isolates one node that the seed chooses", arguments: [UInt64(1), 2, 3])
    func isolateOne(seed: UInt64) throws {
        let cuts = try separations(.isolateOne, Self.five, seed: seed)
        #expect(try cuts == separations(.isolateOne, Self.five, seed: seed))
        let alone = Self.five.filter { heard(by: $0, Self.five, cuts).isEmpty }
        #expect(alone.count == 1)
        #expect(cuts.count == 8)
    }

    @Test("chooses different nodes for different seeds")
    func seeds() throws {
        let choices = try (1...20).map {
            try separations(.isolateOne, Self.five, seed: UInt64($0))
        }
        #expect(Set(choices).count > 1)
    }

    @Test(
        "halves the nodes, the smaller half first",
        arguments: [(["a", "b"], 2), (["a", "b", "c"], 4), (five, 12)])
    func halves(nodes: [String], count: Int) throws {
        let cuts = try separations(.halves, nodes)
        #expect(cuts.count == count)
        let sizes = Set(nodes.map { heard(by: $0, nodes, cuts).count + 1 })
        #expect(sizes.isSubset(of: [nodes.count / 2, (nodes.count + 1) / 2]))
        var generator = SeededGenerator(seed: 7, stream: "test")
        let sides = try PartitionShape.halves.sides(
            nodes: nodes, primary: nil, generator: &generator)
        #expect(sides.from.count == nodes.count / 2)
        #expect(Set(sides.from + sides.to) == Set(nodes))
    }

    @Test("leaves one node as the bridge of two halves", arguments: [["a", "b", "c"], five])
    func bridge(nodes: [String]) throws {
        let cuts = try separations(.bridge, nodes)
        let bridges = nodes.filter { heard(by: $0, nodes, cuts).count == nodes.count - 1 }
        #expect(bridges.count == 1)
        #expect(
            cuts.allSatisfy { cut in
                cuts.contains(Separation(sender: cut.receiver, receiver: cut.sender))
            })
        #expect(
            nodes.allSatisfy {
                heard(by: $0, nodes, cuts).isSuperset(of: bridges) || bridges == [$0]
            })
    }

    @Test("lets every node hear a majority of its own and be heard by it", arguments: 4...14)
    func majoritiesRing(count: Int) throws {
        let nodes = (0..<count).map { "n\($0)" }
        let cuts = try separations(.majoritiesRing, nodes)
        let majorities = nodes.map { heard(by: $0, nodes, cuts).union([$0]) }
        #expect(majorities.allSatisfy { (count / 2 + 1..<count).contains($0.count) })
        // What is lost one way alone leaves no conversation the other way.
        #expect(
            cuts.allSatisfy {
                cuts.contains(Separation(sender: $0.receiver, receiver: $0.sender))
            })
        #expect(Set(majorities).count == count)
    }

    @Test("refuses nodes that are too few", arguments: PartitionShape.allCases)
    func tooFew(shape: PartitionShape) {
        let nodes = Array(Self.five.prefix(shape.fewestNodes - 1))
        let error = #expect(throws: FaultError.self) { try separations(shape, nodes) }
        #expect(error?.reason.contains("there are \(nodes.count)") == true)
    }
}

@Suite("The groups of a partition", .timeLimit(.minutes(1)))
struct PartitionGroupsTests {
    private static let names = [
        ("clients", "a"), ("clients", "b"), ("a", "b"), ("b", "a"), ("a", "arbiter"),
        ("b", "arbiter"),
    ]

    private func withLinks(_ body: ([TestbedLink], PartitionGroups) throws -> Void) async throws {
        let proxy = try await FaultProxy.start(
            name: "x", upstreamPort: 1, group: .singletonMultiThreadedEventLoopGroup, seed: 1)
        let links = Self.names.map {
            TestbedLink(source: $0.0, destination: $0.1, proxy: proxy)
        }
        try body(
            links,
            PartitionGroups(links: links, nodes: [.fake("a", .standby), .fake("b", .primary)]))
        await proxy.stop()
    }

    @Test(
        "are named by nodes, roles, clients and others",
        arguments: [
            (["primary"], ["others"], ["b"], ["a", "arbiter"]),
            (["clients"], ["standby"], ["clients"], ["a"]),
            (["others"], ["b", "clients"], ["a", "arbiter"], ["b", "clients"]),
            (["a", "standby"], ["arbiter"], ["a"], ["arbiter"]),
        ])
    func sides(from: [String], to: [String], first: [String], second: [String]) async throws {
        try await withLinks { _, groups in
            #expect(groups.nodes == ["a", "arbiter", "b"])
            #expect(groups.primary == "b")
            let sides = try groups.sides(from: from, to: to)
            #expect(sides.from == first)
            #expect(sides.to == second)
        }
    }

    @Test(
        "are refused when a word means nothing, a side is empty, or both share an end",
        arguments: [
            (["c"], ["others"], "nothing is called so"), (["a"], ["standby"], "on both sides"),
            (["a", "b", "arbiter"], ["others"], "empty"),
        ])
    func refused(from: [String], to: [String], reason: String) async throws {
        try await withLinks { _, groups in
            let error = #expect(throws: FaultError.self) {
                try groups.sides(from: from, to: to)
            }
            #expect(error?.reason.contains(reason) == true)
            #expect(error?.remedy.contains("b (primary)") == true)
        }
    }

    @Test(
        "come to cuts of the links between them",
        arguments: [
            (
                [Separation(sender: "a", receiver: "b")],
                ["requests over a to b", "answers over b to a"]
            ),
            (
                Array(PartitionShape.between(["b"], ["a", "arbiter"])),
                ["over a to b", "over b to a", "over b to arbiter"]
            ),
            ([Separation(sender: "arbiter", receiver: "a")], ["answers over a to arbiter"]),
            ([Separation(sender: "x", receiver: "a")], []),
        ])
    func cuts(separations: [Separation], expected: [String]) async throws {
        try await withLinks { links, groups in
            let cuts = NetworkPartition.cuts(of: links, separations: Set(separations))
            #expect(cuts.count == expected.count)
            #expect(zip(cuts, expected).allSatisfy { $0.text.contains($1) }, "\(cuts.map(\.text))")
            let isolated = NetworkPartition.isolated(groups.nodes, links: links, cuts: cuts)
            #expect(isolated == (expected.count == 3 ? ["b"] : []))
        }
    }
}

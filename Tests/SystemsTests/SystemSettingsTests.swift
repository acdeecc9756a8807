import Playbooks
import Records
import Systems
import Testing

@Suite("System settings")
struct SystemSettingsTests {
    @Test("every declared kind can be made from its defaults")
    func makesDefaults() throws {
        #expect(SystemCatalogue.declarations.map(\.kind) == ["reference", "redis", "none"])
        for declaration in SystemCatalogue.declarations {
            var defaults: [String: ArgumentValue] = [:]
            for parameter in declaration.parameters {
                defaults[parameter.name] = parameter.defaultValue
            }
            let bare = try SystemCatalogue.make(Target(kind: declaration.kind))
            let full = try SystemCatalogue.make(
                Target(kind: declaration.kind, settings: Arguments(defaults)))
            #expect(bare.plannedTestbed() == full.plannedTestbed())
            #expect(bare.nodeNames == full.nodeNames)
        }
    }

    private static let bad: [(kind: String, settings: [String: ArgumentValue])] = [
        ("kafka", [:]),
        ("reference", ["nodes": .integer(3)]),
        ("reference", ["lease": .duration(.milliseconds(1))]),
        ("reference", ["weakness": .list([.string("none such")])]),
        (
            "reference",
            ["storage": .mapping(Arguments(["kind": .string("btrfs")]))]
        ),
        (
            "reference",
            [
                "storage": .mapping(
                    Arguments(["kind": .string("xfs"), "size": .byteCount(ByteCount(64 << 20))]))
            ]
        ),
        (
            "redis",
            [
                "storage": .mapping(
                    Arguments(["kind": .string("tmpfs"), "size": .byteCount(ByteCount(1))]))
            ]
        ),
        ("redis", ["appendfsync": .string("sometimes")]),
        ("redis", ["save": .string("3600")]),
        ("redis", ["save": .string("3600 --loadmodule")]),
        ("redis", ["lease": .duration(.zero)]),
    ]

    @Test("settings that cannot work are refused with a remedy", arguments: bad.indices)
    func refuses(index: Int) {
        let (kind, settings) = Self.bad[index]
        let error = #expect(throws: SystemError.self) {
            try SystemCatalogue.make(Target(kind: kind, settings: Arguments(settings)))
        }
        #expect(error?.remedy.isEmpty == false)
    }

    @Test("the plan names every process and every proxy")
    func plans() throws {
        let system = try SystemCatalogue.make(
            Target(
                kind: "reference",
                settings: Arguments([
                    "weakness": .list([.string("no-fencing")]),
                    "storage": .mapping(
                        Arguments([
                            "kind": .string("tmpfs"), "size": .byteCount(ByteCount(32 << 20)),
                        ])),
                ])))
        #expect(
            system.plannedTestbed() == [
                "arbiter: refqueue arbiter",
                "node a: refqueue serve, synced, lease 1000ms, on a tmpfs of 32 MiB, "
                    + "weakness no-fencing",
                "node b: refqueue serve, synced, lease 1000ms, on a tmpfs of 32 MiB, "
                    + "weakness no-fencing",
                "proxy: clients to a", "proxy: clients to b", "proxy: a to b", "proxy: b to a",
                "proxy: a to arbiter", "proxy: b to arbiter",
            ])
    }

    @Test("a target of kind none has no node, and says so when asked")
    func noSystem() async throws {
        let drill = try TestDrill()
        let testbed = try await SystemCatalogue.make(Target(kind: "none")).start(
            in: drill.environment)
        #expect(await testbed.nodes().isEmpty && testbed.links.isEmpty)
        #expect(await testbed.status(of: "a").result == .unknown)
        await #expect(throws: SystemError.self) { try await testbed.restart(node: "a") }
        #expect(await testbed.stop().isEmpty)
        try drill.remove()
    }
}

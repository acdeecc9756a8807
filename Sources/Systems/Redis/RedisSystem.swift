import NIOPosix
public import Playbooks

/// Debian's Redis server, started by the drill, as a queue: the reliable list.
public struct RedisSystem: SystemUnderTest {
    public static var declaration: KindDeclaration { RedisSettings.declaration }

    let settings: RedisSettings

    public init(target: Target) throws {
        settings = try RedisSettings(target.settings)
    }

    public var nodeNames: [String] { ["redis"] }

    public var mountsFileSystems: Bool { settings.storage.isMounted }
    public var storage: TestbedStorage { settings.storage.total(nodes: nodeNames.count) }

    public func plannedTestbed() -> [String] {
        let persistence =
            settings.appendsOnly
            ? "appendonly yes, appendfsync \(settings.synchronization)" : "appendonly no"
        return [
            "node redis: redis-server, \(persistence), save '\(settings.save)', "
                + settings.storage.summary,
            "proxy: clients to redis",
        ]
    }

    public func start(in environment: TestbedEnvironment) async throws -> any Testbed {
        let executable = try Program.find("redis-server", package: "redis-server")
        let testbed = RedisTestbed(
            settings: settings, executable: executable, environment: environment)
        do {
            try await testbed.start()
        } catch {
            _ = await testbed.stop()
            throw error
        }
        return testbed
    }
}

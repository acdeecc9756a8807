import Glibc
import Kernel
public import Playbooks

/// The embedded queue service `refqueue`: an arbiter, a primary and a standby, each a process.
public struct ReferenceSystem: SystemUnderTest {
    public static var declaration: KindDeclaration { ReferenceSettings.declaration }

    let settings: ReferenceSettings
    private let executable: String?

    public init(target: Target) throws {
        try self.init(target: target, executable: nil)
    }

    /// Makes the system with the `refqueue` at a path; nil looks for it beside the running program.
    public init(target: Target, executable: String?) throws {
        settings = try ReferenceSettings(target.settings)
        self.executable = executable
    }

    public var nodeNames: [String] { Array(["a", "b"].prefix(settings.nodes)) }

    public var mountsFileSystems: Bool { settings.storage.isMounted }
    public var storage: TestbedStorage { settings.storage.total(nodes: nodeNames.count) }

    public func plannedTestbed() -> [String] {
        let isAlone = settings.nodes == 1
        var lines = isAlone ? [] : ["arbiter: refqueue arbiter"]
        let durability = settings.isSynced ? "synced" : "async"
        let lease = ReferenceCommand.milliseconds(settings.lease)
        let weak = settings.weaknesses.map { ", weakness \($0)" }.joined()
        for name in nodeNames {
            lines.append(
                "node \(name): refqueue serve, "
                    + (isAlone ? "" : "\(durability), lease \(lease), ")
                    + settings.storage.summary + weak)
        }
        for name in nodeNames { lines.append("proxy: clients to \(name)") }
        for name in nodeNames {
            for peer in nodeNames where peer != name { lines.append("proxy: \(name) to \(peer)") }
        }
        if !isAlone {
            for name in nodeNames {
                lines.append("proxy: \(name) to \(ReferenceTestbed.arbiterName)")
            }
        }
        return lines
    }

    public func start(in environment: TestbedEnvironment) async throws -> any Testbed {
        let testbed = ReferenceTestbed(
            settings: settings, executable: try findExecutable(), nodeNames: nodeNames,
            environment: environment)
        do {
            try await testbed.start()
        } catch {
            _ = await testbed.stop()
            throw error
        }
        return testbed
    }

    private func findExecutable() throws -> String {
        let named = executable ?? getenv("FIREDRILL_REFQUEUE").map { String(cString: $0) }
        if let named {
            guard access(named, X_OK) == 0 else {
                throw SystemError(
                    attempt: "find refqueue", reason: "'\(named)' cannot be executed",
                    remedy: "set FIREDRILL_REFQUEUE to the program's path")
            }
            return named
        }
        let beside = OwnProgram.beside("refqueue")
        guard access(beside, X_OK) == 0 else {
            throw SystemError(
                attempt: "find refqueue",
                reason: "it is not beside the running program (\(beside))",
                remedy: "build it with swift build, or set FIREDRILL_REFQUEUE to its path")
        }
        return beside
    }
}

import Drills
import Faults
import Playbooks
import Records
import Testing

@Suite("Plans")
struct PlanBuilderTests {
    private static func host(mounts: Bool) -> HostCapabilities {
        func capability(_ name: String, _ isPresent: Bool) -> HostCapabilities.Capability {
            .init(name, isPresent: isPresent, reason: isPresent ? "effective" : "not effective")
        }
        return HostCapabilities(
            netem: capability("netem", false),
            networkAdministration: capability("CAP_NET_ADMIN", mounts),
            systemAdministration: capability("CAP_SYS_ADMIN", mounts),
            nftables: capability("nftables", false), isRoot: mounts)
    }

    private func refusals(target: String, mounts: Bool) throws -> [String] {
        let text = "playbook: p\nhypothesis: It works.\ntarget: \(target)\n"
        let playbook = try PlaybookDecoder(vocabulary: .firedrill).decode(
            Array(text.utf8), file: "p.yaml", name: "p", overrides: [:], environment: [:])
        let plan = try PlanBuilder(
            playbook: playbook, seed: 1, host: Self.host(mounts: mounts)
        ).build()
        return plan.limits.filter { !$0.isAllowed }.map { "\($0.rule): \($0.reason)" }
    }

    @Test(
        "refuse storage of the nodes' own where nothing may be mounted, by the right that is missing",
        arguments: [
            "{ kind: reference, storage: { kind: tmpfs } }",
            "{ kind: reference, storage: { kind: ext4 } }",
            "{ kind: redis, storage: { kind: ext4, size: 64 MiB } }",
        ])
    func storage(target: String) throws {
        let refused = try refusals(target: target, mounts: false)
        #expect(refused.count == 1)
        #expect(refused.first?.hasPrefix("line 3, storage: ") == true)
        #expect(refused.first?.contains("CAP_SYS_ADMIN: absent") == true)
        #expect(try refusals(target: target, mounts: true).isEmpty)
    }

    @Test(
        "need no right for a directory",
        arguments: ["{ kind: reference }", "{ kind: redis, storage: { kind: directory } }"])
    func directory(target: String) throws {
        #expect(try refusals(target: target, mounts: false).isEmpty)
    }
}

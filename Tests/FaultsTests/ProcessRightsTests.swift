import Kernel
import Testing

@testable import Faults

@Suite("The rights that a fault on a process takes")
struct ProcessRightsTests {
    private func rights(
        user: UInt32 = 1000, _ capabilities: Set<Capability> = [], traceScope: Int = 0
    ) -> ProcessRights {
        ProcessRights(
            users: ProcessUsers(real: user, effective: user, saved: user),
            capabilities: capabilities, traceScope: traceScope)
    }

    private func target(_ user: UInt32) -> ProcessUsers {
        ProcessUsers(real: user, effective: user, saved: user)
    }

    @Test("One's own processes take none, unless the kernel keeps tracing to descendants")
    func own() {
        for deed in [ProcessDeed.signal, .trace, .limit] {
            #expect(rights().lacks(for: deed, on: target(1000)) == [])
        }
        #expect(rights(traceScope: 1).lacks(for: .trace, on: target(1000)) == [.tracing])
        #expect(rights([.tracing], traceScope: 1).lacks(for: .trace, on: target(1000)) == [])
    }

    @Test(
        "Another user's take exactly these",
        arguments: [
            (ProcessDeed.signal, [Capability.kill]), (.trace, [.tracing]),
            (.limit, [.resources, .tracing]),
        ])
    func others(deed: ProcessDeed, needed: [Capability]) {
        #expect(rights().lacks(for: deed, on: target(113)) == needed)
        #expect(rights(Set(needed)).lacks(for: deed, on: target(113)) == [])
        // Root is nothing special: a container may have taken the right away.
        #expect(rights(user: 0).lacks(for: deed, on: target(113)) == needed)
    }

    @Test("A program of another user that one has started oneself can be signalled, not traced")
    func changedUser() {
        let changed = ProcessUsers(real: 1000, effective: 0, saved: 0)
        #expect(rights().lacks(for: .signal, on: changed) == [])
        #expect(rights().lacks(for: .trace, on: changed) == [.tracing])
    }

    @Test("What is missing is named with what to do, and root is not told to become root")
    func words() throws {
        let first = try #require(ProcessTable.identity(of: 1))
        let said = rights(user: 12345).obstacles(to: .signal, on: [first])
        #expect(said.count == 1)
        #expect(said.first?.contains("it needs CAP_KILL: run as root") == true, "\(said)")
        #expect(!Capability.remedy("CAP_SYS_ADMIN", user: 0).contains("run as root"))
        #expect(Capability.remedy("CAP_SYS_ADMIN", user: 0).contains("CAP_SYS_ADMIN"))
    }

    @Test("A host's survey tells of every right by its name")
    func survey() {
        let findings = HostSurvey.probe().findings
        for capability in Capability.allCases {
            #expect(findings.contains { $0.feature.rawValue == capability.rawValue })
        }
    }
}

import Foundation
import TestSupport
import Web

/// A console with schedules, and a directory with the only playbook that they may run.
struct ScheduleConsole {
    let evidence: EvidenceFixture
    let schedules = FakeSchedules()
    let playbooks: String
    private let console = ConsoleFixture()

    init() throws {
        evidence = try EvidenceFixture()
        playbooks = evidence.root + "/playbooks"
        try FileManager.default.createDirectory(
            atPath: playbooks, withIntermediateDirectories: true)
        try "x".write(toFile: playbooks + "/p.yaml", atomically: true, encoding: .utf8)
    }

    func serve(_ body: (ConsoleClient) async throws -> Void) async throws {
        var configuration = console.configuration(evidence.place)
        configuration.schedules = schedules.control
        configuration.playbookDirectory = playbooks
        try await console.serve(evidence, configuration, body)
    }
}

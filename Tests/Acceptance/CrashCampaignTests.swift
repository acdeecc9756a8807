import Foundation
import Kernel
import Testing

/// Kills drills at random instants, in namespaces where nobody else is at work.
@Suite("The crash campaign", .timeLimit(.minutes(8)))
struct CrashCampaignTests {
    /// The programs of the tests' own build lie beside them.
    private static let campaign = "\(DrillCommand.checkout).build/debug/crash-campaign"

    @Test(
        "Of 60 drills killed at random instants, with or without their guardians, nothing is left")
    func campaign() async throws {
        let workers = 4
        let outputs = try await withThrowingTaskGroup(of: String.self) { group in
            for worker in 0..<workers {
                group.addTask { try await Self.run(first: worker * 15, count: 15) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let lines = outputs.flatMap { $0.split(separator: "\n") }
        let failed = lines.filter { !$0.contains("\"failures\":[]") }
        #expect(failed.isEmpty, "\(failed.joined(separator: "\n"))")
        #expect(lines.count == 60)
        // Only where nobody was left to undo may something have waited for a revert.
        let waited = lines.filter { !$0.contains("\"recorded\":[]") }
        #expect(waited.allSatisfy { $0.contains("\"victim\":\"all\"") }, "\(waited)")
        // A campaign that never met a fault would prove nothing.
        #expect(lines.count { !$0.contains("\"faultsSeen\":0") } > 20)
    }

    /// Runs a part of the campaign; returns what it printed.
    private static func run(first: Int, count: Int) async throws -> String {
        let command = try DrillCommand()
        defer { command.remove() }
        let directory = "\(command.directory)/campaign"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        let path = "\(command.directory)/results.jsonl"
        let output = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(output >= 0)
        defer { close(output) }
        let child = try ChildProcess.spawn(
            .init(
                executable: "/usr/bin/unshare",
                arguments: [
                    "--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", campaign,
                    try DrillCommand.programs,
                    "\(DrillCommand.checkout)experiments/crash-campaign/every-kind.yaml", directory,
                    "60", "\(first)", "\(count)", "17000",
                ], environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], standardOutput: output,
                standardError: output))
        let status = await child.wait(atMost: .seconds(420))
        if status == nil { _ = await child.terminate(grace: .zero) }
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        #expect(status == .exited(0), "\(text)")
        return text
    }
}

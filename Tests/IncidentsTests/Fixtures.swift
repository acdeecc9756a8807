import Foundation
import Incidents
import Playbooks
import Records
import Reports

/// A drill that never ran, and what is made of it.
enum Fixture {
    static let start: Int64 = 1_795_228_692_000_000_000

    static let header = DrillHeader(
        identifier: "20261121T023812Z-primary-kill-4f2a91", playbook: "primary-kill",
        title: "The queue survives the loss of its primary",
        hypothesis: "When the primary dies, the standby serves within 5 s.", tags: [], seed: 42,
        startedAt: start, command: "firedrill run playbooks/primary-kill.yaml --seed 42")

    static let verdict = Verdict(
        outcome: .failed, reason: "failover took 9.1 s, and 5 s were allowed",
        precondition: .held, preconditionSentence: "it held", faults: [],
        checks: [
            CheckResult(
                check: "failover", status: .broken,
                sentence: "failover took 9.1 s, and 5 s were allowed"),
            CheckResult(check: "no_loss", status: .held, sentence: "nothing was lost"),
        ], endedAt: DrillTime(nanoseconds: 60_000_000_000))

    static let evidence = Evidence(
        header: header,
        playbookText: "playbook: primary-kill\nprobe: { password: hunter2hunter2 }\n",
        events: [
            Event(
                time: DrillTime(nanoseconds: 1_000_000_000), kind: .phaseStarted,
                subject: "method", message: "the method begins")
        ], verdict: verdict)

    static let journal = [
        BundleFile("header.json", Array(#"{"title":"a drill"}"#.utf8)),
        BundleFile(
            "events.jsonl", Array(#"{"message":"GET http://me:hush@db/ failed"}"#.utf8) + [0x0A]),
    ]

    static let review = ReviewDetails(
        incident: "INC-123", owner: "queue team", ticket: "Q-7", retestDate: "2026-12-01")

    static let noPDF = IncidentError("print the report as PDF", reason: "this is a test")

    static func contents(secrets: [String] = []) -> IncidentBundle.Contents {
        IncidentBundle.Contents(
            evidence: evidence, journal: journal, review: review, document: .failure(noPDF),
            secrets: secrets)
    }

    /// Gives `body` a directory of its own that is gone afterwards.
    static func withDirectory<Value>(
        _ body: (String) async throws -> Value
    ) async throws -> Value {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "firedrill-incidents-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: url) }
        return try await body(url.path())
    }

    /// Runs a program to its end and answers whether it ended with 0.
    static func run(_ program: String, _ arguments: [String]) throws -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

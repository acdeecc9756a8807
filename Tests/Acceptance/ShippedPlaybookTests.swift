import Foundation
import Records
import Testing

/// Every playbook that ships, with the verdict it must have.
///
/// Two drills at a time: most of a drill is waiting, and testbeds share nothing.
@Suite("Shipped playbooks", .serialized)
struct ShippedPlaybookTests {
    @Test(
        "The sound service passes",
        arguments: [
            ["primary-kill", "quick-faults"], ["slow-network", "inodes-gone"],
            ["slow-standby", "power-loss"], ["disk-full", "primary-pause"],
            ["connection-reset", "disk-read-only"], ["narrow-network", "crash-loop"],
            ["partition-primary", "descriptors-gone"], ["one-way-partition", "names-gone"],
            ["clock-ahead", "reboot-clock"],
        ])
    func soundService(playbooks: [String]) async throws {
        try await together(playbooks) { playbook in
            let end = try await drill(playbook)
            defer { end.command.remove() }
            let verdict = end.verdict
            #expect(
                verdict.outcome == .passed, "\(playbook): \(verdict.reason)\n\(end.command.output)")
            #expect(end.code == 0)
            #expect(verdict.faults.allSatisfy { $0.injection == .confirmed && $0.undo == .clean })
            await expectNothingLeft(of: end.command)
        }
    }

    /// A bug that is planted in the service, and the check that must find it.
    struct Weakness: Sendable, CustomTestStringConvertible {
        var playbook: String
        var name: String
        var check: String
        var options: [String]

        var testDescription: String { "\(playbook) with \(name)" }

        init(_ playbook: String, _ name: String, _ check: String, _ options: [String] = []) {
            self.playbook = playbook
            self.name = name
            self.check = check
            self.options = options
        }
    }

    @Test(
        "A planted weakness fails for its own reason",
        arguments: [
            [
                Weakness("primary-kill", "ack-before-commit", "no_loss"),
                Weakness("primary-kill", "async-replication", "no_loss"),
            ],
            [
                Weakness("primary-pause", "no-fencing", "failover"),
                Weakness("slow-network", "constant-retry", "retries:target.redelivery"),
            ],
            [
                Weakness("partition-primary", "no-fencing", "no_loss"),
                Weakness("power-loss", "no-sync", "no_loss", ["--set", "storage=xfs"]),
            ],
            [
                Weakness("crash-loop", "ack-before-commit", "no_loss"),
                Weakness("disk-full", "lying-health", "health"),
            ],
            [
                Weakness("disk-full", "crash-on-full-disk", "no_crash"),
                Weakness("reboot-clock", "uptime-timestamps", "latency"),
            ],
        ])
    func weakness(weaknesses: [Weakness]) async throws {
        try await together(weaknesses) { weakness in
            let end = try await drill(
                weakness.playbook, ["--set", "weakness=\(weakness.name)"] + weakness.options)
            defer { end.command.remove() }
            let verdict = end.verdict
            #expect(
                verdict.outcome == .failed,
                "\(weakness.testDescription): \(verdict.reason)\n\(end.command.output)")
            #expect(end.code == 1)
            let broken = verdict.checks.filter { $0.status == .broken }.map(\.check)
            #expect(
                broken.contains(weakness.check),
                "\(weakness.testDescription): \(broken)\n\(end.command.output)")
            await expectNothingLeft(of: end.command)
        }
    }

    private func together<Item: Sendable>(
        _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for item in items { group.addTask { try await body(item) } }
            try await group.waitForAll()
        }
    }

    /// Runs a playbook, up to three times: a drill that says that the host had no time for it has
    /// said nothing of the service.
    private func drill(
        _ playbook: String, _ options: [String] = []
    ) async throws -> (command: DrillCommand, code: Int32, verdict: Verdict) {
        var attempts = 1
        while true {
            let command = try DrillCommand()
            let code = try await command.run(
                ["run", "--yes", DrillCommand.playbook(playbook)] + options)
            let verdict = try command.verdict()
            if attempts == 3 || !verdict.isCrowded { return (command, code, verdict) }
            command.remove()
            attempts += 1
        }
    }

    private func expectNothingLeft(of command: DrillCommand) async {
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
    }

    @Test("None touches what it has not started itself, but for the programs of its probes")
    func outside() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let names = try FileManager.default.contentsOfDirectory(
            atPath: "\(DrillCommand.checkout)playbooks"
        ).filter { $0.hasSuffix(".yaml") }
        #expect(names.count > 15)
        for name in names {
            // 2 where this host cannot do it, which is told with a whole plan all the same.
            let code = try await command.run(
                ["plan", "--json", DrillCommand.playbook(String(name.dropLast(5)))])
            #expect([0, 2].contains(code))
            let plan = try JSONDecoder().decode(Plan.self, from: Data(command.output.utf8))
            let outside = plan.steps.filter { $0.isOutside == true && $0.kind != "probe" }
            #expect(outside.isEmpty, "\(name): \(outside)")
        }
    }

    @Test("Redis without persistence loses everything that it had acknowledged")
    func redisWithoutPersistence() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let code = try await command.run(["run", DrillCommand.playbook("redis-crash")])
        let verdict = try command.verdict()
        #expect(verdict.outcome == .failed, "\(verdict.reason)\n\(command.output)")
        #expect(code == 1)
        let ledger = try #require(verdict.ledger)
        // Every message that was acknowledged before the kill is gone, from the first one on.
        #expect(ledger.lost.count >= ledger.acknowledgedBeforeFaults)
        #expect(ledger.acknowledgedBeforeFaults > 1000)
    }

    @Test("Redis with an append-only file loses nothing")
    func redisWithAppendOnlyFile() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let code = try await command.run(
            ["run", DrillCommand.playbook("redis-crash"), "--set", "appendonly=true"])
        let verdict = try command.verdict()
        #expect(verdict.outcome == .passed, "\(verdict.reason)\n\(command.output)")
        #expect(code == 0)
        #expect(verdict.ledger?.lost.isEmpty == true)
    }

    @Test(
        "A slow disk loses nothing; a host without a throttle refuses it, and says what is missing")
    func slowDisk() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let playbook = DrillCommand.playbook("disk-slow")
        guard try await command.run(["plan", playbook]) == 0 else {
            #expect(command.output.contains("no disk can be made slow here"), "\(command.output)")
            #expect(try await command.run(["run", playbook]) == 2, "\(command.output)")
            return
        }
        let code = try await command.run(["run", playbook])
        let verdict = try command.verdict()
        // A disk that others keep busy may be as slow by itself: that is inconclusive, and no failure.
        #expect(code == 0 || code == 4, "\(verdict.reason)\n\(command.output)")
        #expect(verdict.ledger?.lost.isEmpty == true)
        #expect(verdict.faults.allSatisfy { $0.injection != .mismatch && $0.undo == .clean })
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
    }

    @Test("The smallest playbook passes without a testbed")
    func oneProbe() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let playbook = DrillCommand.playbook("one-probe")
        #expect(try await command.run(["run", playbook]) == 2)
        #expect(command.output.contains("on the program /"), "\(command.output)")
        #expect(try await command.run(["run", playbook, "--yes"]) == 0)
        #expect(try command.verdict().outcome == .passed)
    }
}

extension Verdict {
    /// Whether it could not be told how the service is, for others had the host's processors.
    fileprivate var isCrowded: Bool {
        outcome == .inconclusive && reason.contains("processes that are not the drill's")
    }
}

import Records
import Testing

/// Every playbook that ships, with the verdict it must have.
@Suite("Shipped playbooks", .serialized)
struct ShippedPlaybookTests {
    @Test(
        "The sound service passes",
        arguments: [
            "primary-kill", "slow-network", "slow-standby", "disk-full", "primary-pause",
            "quick-faults", "connection-reset", "narrow-network", "partition-primary",
            "one-way-partition", "power-loss", "crash-loop", "inodes-gone", "descriptors-gone",
            "disk-read-only", "names-gone", "clock-ahead",
        ])
    func soundService(playbook: String) async throws {
        var command = try DrillCommand()
        defer { command.remove() }
        var code = try await command.run(["run", DrillCommand.playbook(playbook)])
        var verdict = try command.verdict()
        // A drill that says that the host had no time for it has said nothing of the service.
        for _ in 0..<2 where verdict.isCrowded {
            command.remove()
            command = try DrillCommand()
            code = try await command.run(["run", DrillCommand.playbook(playbook)])
            verdict = try command.verdict()
        }
        #expect(verdict.outcome == .passed, "\(verdict.reason)\n\(command.output)")
        #expect(code == 0)
        #expect(verdict.faults.allSatisfy { $0.injection == .confirmed && $0.undo == .clean })
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
    }

    @Test(
        "A planted weakness fails for its own reason",
        arguments: [
            (playbook: "primary-kill", weakness: "ack-before-commit", check: "no_loss"),
            (playbook: "primary-kill", weakness: "async-replication", check: "no_loss"),
            (playbook: "primary-pause", weakness: "no-fencing", check: "failover"),
            (playbook: "partition-primary", weakness: "no-fencing", check: "no_loss"),
            (
                playbook: "slow-network", weakness: "constant-retry",
                check: "retries:target.redelivery"
            ),
            (playbook: "power-loss", weakness: "no-sync", check: "no_loss"),
            (playbook: "crash-loop", weakness: "ack-before-commit", check: "no_loss"),
            (playbook: "disk-full", weakness: "lying-health", check: "health"),
            (playbook: "disk-full", weakness: "crash-on-full-disk", check: "no_crash"),
        ])
    func weakness(playbook: String, weakness: String, check: String) async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let code = try await command.run(
            ["run", DrillCommand.playbook(playbook), "--set", "weakness=\(weakness)"])
        let verdict = try command.verdict()
        #expect(verdict.outcome == .failed, "\(verdict.reason)\n\(command.output)")
        #expect(code == 1)
        let broken = verdict.checks.filter { $0.status == .broken }.map(\.check)
        #expect(broken.contains(check), "broken: \(broken)\n\(command.output)")
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
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
        #expect(try await command.run(["run", DrillCommand.playbook("one-probe")]) == 0)
        #expect(try command.verdict().outcome == .passed)
    }
}

extension Verdict {
    /// Whether it could not be told how the service is, for others had the host's processors.
    fileprivate var isCrowded: Bool {
        outcome == .inconclusive && reason.contains("processes that are not the drill's")
    }
}

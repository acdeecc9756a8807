import Foundation
import Kernel
import Scheduler
import Testing

/// Two services with one schedule, of which one dies.
@Suite("Services that share a schedule", .serialized)
struct SharedScheduleTests {
    @Test("When one is killed in a drill the other says so, runs nothing twice and loses nothing")
    func oneDies() async throws {
        let first = try DrillCommand()
        defer { first.remove() }
        var second = try DrillCommand()
        defer { second.remove() }
        let receiver = try AlertReceiver()
        defer { receiver.stop() }
        second.environment = [
            "FIREDRILL_INCIDENTS=\(try receiver.configuration(in: second.directory))"
        ]
        let server = try await PostgresServer.start(in: first.directory)
        do {
            try await play(first, second, server.address, receiver)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func play(
        _ first: DrillCommand, _ second: DrillCommand, _ address: String,
        _ receiver: AlertReceiver
    ) async throws {
        let store = try PostgresScheduleStore(address, owner: "test")
        let held = "\(first.directory)/held-fault.yaml"
        try ScheduleTests.heldFault.write(toFile: held, atomically: true, encoding: .utf8)
        let shared = ["--database", address]
        let often = ["--every", "1s", "--name", "often", "--missed", "once", "--overlap", "queue"]
        #expect(
            try await first.run(["schedule", "add", held, "--every", "1h"] + shared) == 0,
            "\(first.output)")
        #expect(
            try await first.run(
                ["schedule", "add", DrillCommand.playbook("one-probe")] + often + shared) == 0,
            "\(first.output)")
        let arguments = ["--drills-per-host", "3", "--lease", "3"] + shared
        let dying = try await ServeTests.Service.start(first, arguments)
        #expect(try await first.run(["schedule", "run-now", "held-fault"] + shared) == 0)
        let running = try await ScheduleTests.waitFor(.running, of: "held-fault", in: store)
        try await ScheduleTests.waitForFault(of: #require(running.drill), first)
        let other = try await ServeTests.Service.start(second, arguments)
        // The history is one.
        try await other.waitFor(#require(running.drill), at: "/api/v1/drills")
        try dying.child.signal(SIGKILL)
        _ = await dying.child.wait()

        let aborted = try await ScheduleTests.waitFor(.aborted, of: "held-fault", in: store)
        #expect(aborted.identifier == running.identifier)
        #expect(aborted.drill == running.drill)
        let told = try await receiver.waitFor("aborted", of: "held-fault")
        #expect(told.sentence.contains("the service that ran it ended before it did"))
        let begun = try store.occurrences(of: "often", limit: 1).first?.identifier.due
        for _ in 0..<500
        where try store.occurrences(of: "often", limit: 1).first?.identifier.due == begun {
            try await Task.sleep(for: .milliseconds(20))
        }
        try await other.end()
        var asking = second
        asking.environment.append("FIREDRILL_DATABASE=\(address)")
        #expect(try await asking.run(["list", "--all", "--count", "500"]) == 0)
        #expect(try asking.output.contains(#require(running.drill)))
        #expect(try await asking.run(["list", "--all", "--failed"]) == 0)
        #expect(try !asking.output.contains(#require(running.drill)), "it has no verdict")
        #expect(!second.drills.isEmpty)
        try account(store, first.drills + second.drills)
        for command in [first, second] {
            #expect(Residue.find(of: "\(command.directory)/evidence").isEmpty)
        }
    }

    private func account(_ store: PostgresScheduleStore, _ evidence: [String]) throws {
        let stored = try #require(try store.schedule("often"))
        guard case .every(_, let anchor) = stored.schedule.rules.trigger else {
            Issue.record("\(stored.schedule.rules.trigger) is no interval")
            return
        }
        let kept = try store.occurrences(of: "often", limit: 100_000)
        let decided = kept.reduce(0) { $0 + 1 + $1.missedBefore }
        #expect(decided == Int((stored.watermark - anchor).components.seconds))
        let all = kept + (try store.occurrences(of: "held-fault", limit: 10))
        let drills = all.compactMap(\.drill)
        #expect(Set(drills).count == drills.count)
        let unnamed = all.count { [.ended, .aborted].contains($0.state) && $0.drill == nil }
        let names = evidence.map { $0.split(separator: "/").last.map(String.init) ?? "" }
        #expect(Set(names).subtracting(drills).count <= unnamed)
    }
}

import Foundation
import Records
import Synchronization
import Testing

@testable import Incidents

@Suite("Alerts", .timeLimit(.minutes(1)))
struct AlertTests {
    private static let hour: Int64 = 3_600_000_000_000

    private func ended(
        _ drill: String, _ outcome: Outcome, checks: [String] = [], residue: Bool = false,
        at hour: Int64
    ) -> DrillOccurrence {
        .ended(
            EndedDrill(
                playbook: "primary-kill", drill: drill, outcome: outcome, reason: "because",
                brokenChecks: checks, leftResidue: residue,
                endedAt: Fixture.start + hour * Self.hour))
    }

    private func missed(due: Int64) -> DrillOccurrence {
        .missed(
            MissedDrill(
                playbook: "primary-kill", schedule: "nightly", dueAt: due * Self.hour,
                reason: "the service was down", noticedAt: Fixture.start + due * Self.hour))
    }

    /// The kinds of the alerts that each occurrence calls for.
    private func told(_ occurrences: [DrillOccurrence]) -> [String] {
        var machine = AlertMachine()
        return occurrences.map { occurrence in
            machine.take(occurrence, repetition: .seconds(86_400)).map(\.kind.rawValue)
                .joined(separator: "+")
        }
    }

    @Test("A failure is told once, again when its cause changes, and its end is told")
    func failing() {
        #expect(
            told([
                ended("d0", .passed, at: 0), ended("d1", .failed, checks: ["failover"], at: 1),
                ended("d2", .failed, checks: ["failover"], at: 2),
                ended("d3", .failed, checks: ["no_loss", "failover"], at: 3),
                ended("d4", .failed, checks: ["failover", "no_loss"], at: 4),
                ended("d5", .passed, at: 5), ended("d6", .passed, at: 6),
            ]) == ["", "failed", "", "failed", "", "recovered", ""])
    }

    @Test("What lasts is told again after a day, with how often and since when")
    func lasting() throws {
        var machine = AlertMachine()
        var told: [Alert] = []
        for hour in 1...30 {
            told += machine.take(
                ended("d\(hour)", .failed, at: Int64(hour)), repetition: .seconds(86_400))
        }
        #expect(told.map(\.drill) == ["d1", "d25"])
        let last = try #require(told.last)
        #expect(last.count == 25)
        #expect(last.since == Fixture.start + Self.hour)
    }

    @Test("A drill without an answer neither begins nor ends a failure, and is told as what it is")
    func neither() {
        #expect(
            told([
                ended("d1", .aborted, at: 1), ended("d2", .failed, at: 2),
                ended("d3", .inconclusive, at: 3), ended("d4", .error, at: 4),
                ended("d5", .failed, at: 5), ended("d6", .passed, at: 6),
            ]) == ["aborted", "failed", "inconclusive", "aborted", "", "recovered"])
        #expect(
            told([
                ended("d1", .preconditionUnmet, at: 1), ended("d2", .preconditionUnmet, at: 2),
                ended("d3", .passed, at: 3), ended("d4", .preconditionUnmet, at: 4),
            ]) == ["unmet", "", "", "unmet"])
    }

    @Test("A fault left behind is told beside the failure, and the same drill is told once")
    func residue() {
        #expect(
            told([
                ended("d1", .failed, residue: true, at: 1),
                ended("d1", .failed, residue: true, at: 1),
                ended("d2", .residual, at: 2), ended("d3", .passed, at: 3),
            ]) == ["residual+failed", "", "", "recovered"])
    }

    @Test("A missed drill is told once for its time, and anew after one that ran")
    func missing() {
        #expect(
            told([
                missed(due: 1), missed(due: 1), missed(due: 2), ended("d1", .passed, at: 3),
                missed(due: 4), missed(due: 30),
            ]) == ["missed", "", "", "", "missed", "missed"])
    }

    @Test("A drill that died is told once for its time, with its name or without")
    func dead() {
        func dead(due: Int64, attempt: Int = 0, drill: String? = "d") -> DrillOccurrence {
            .aborted(
                AbortedDrill(
                    playbook: "primary-kill", schedule: "nightly", dueAt: due * Self.hour,
                    attempt: attempt, drill: drill, reason: "the service died"))
        }
        #expect(
            told([
                dead(due: 1), dead(due: 1), dead(due: 2, drill: nil), ended("d1", .failed, at: 3),
                dead(due: 4), dead(due: 4, attempt: 1), dead(due: 40, attempt: 1),
                dead(due: 40, attempt: 1),
            ]) == ["aborted", "", "", "failed", "aborted", "", "aborted", ""])
    }

    @Test("Services with one memory tell a failure once, and any of them tells its end")
    func sharedMemory() async throws {
        final class Text: AlertMemory {
            private let text = Mutex<String?>(nil)

            func change(_ body: (String?) throws -> String?) throws {
                try text.withLock { $0 = try body($0) }
            }
        }
        try await Fixture.withDirectory { directory in
            let memory = Text()
            let routers = try ["one", "two"].map {
                try AlertRouter(
                    configuration: IncidentConfiguration(), directory: "\(directory)/\($0)",
                    memory: memory)
            }
            #expect(try await routers[0].record(ended("d1", .failed, at: 1)).count == 1)
            #expect(try await routers[1].record(ended("d1", .failed, at: 1)).isEmpty)
            #expect(try await routers[1].record(ended("d2", .failed, at: 2)).isEmpty)
            let last = try await routers[1].record(ended("d3", .passed, at: 3))
            #expect(last.map(\.kind) == [.recovered])
            #expect(try await routers[0].record(ended("d4", .passed, at: 4)).isEmpty)
        }
    }

    @Test("A delivery that does not arrive is reported, with the reason")
    func undelivered() async throws {
        try await Fixture.withDirectory { directory in
            let configuration = IncidentConfiguration(
                destinations: [
                    Destination(name: "chat", kind: .slack(url: .file("\(directory)/none")))
                ], rules: [AlertRule(kinds: [.failed], destinations: ["chat"])])
            let router = try AlertRouter(
                configuration: configuration, directory: "\(directory)/state")
            try await router.record(ended("d1", .failed, at: 1))
            let (reports, report) = AsyncStream<OutboxEntry>.makeStream()
            let running = Task {
                await router.run {
                    report.yield($0)
                } report: {
                    Issue.record("\($0)")
                }
            }
            let first = try #require(await reports.first { _ in true })
            #expect(first.destination == "chat" && first.state == .waiting)
            #expect(first.failure.contains("none"))
            running.cancel()
            await running.value
        }
    }

    @Test("A drill's records say what an alert needs")
    func records() {
        let drill = EndedDrill(Fixture.header, Fixture.verdict)
        #expect(drill.brokenChecks == ["failover"])
        #expect(drill.outcome == .failed)
        #expect(drill.endedAt == Fixture.start + 60_000_000_000)
    }

    @Test("After a restart nothing is told anew, and what was queued is delivered")
    func router() async throws {
        let receiver = Receiver()
        try await Fixture.withDirectory { directory in
            try await receiver.serve { port in
                let url = "\(directory)/url"
                try Data("http://127.0.0.1:\(port)/hook".utf8).write(to: URL(filePath: url))
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o600], ofItemAtPath: url)
                let configuration = IncidentConfiguration(
                    destinations: [Destination(name: "chat", kind: .slack(url: .file(url)))],
                    rules: [
                        AlertRule(kinds: [.failed], destinations: ["chat"]),
                        AlertRule(
                            kinds: [.failed, .recovered], destinations: ["chat"],
                            playbooks: ["primary-*"]),
                    ])
                func router() throws -> AlertRouter {
                    try AlertRouter(
                        configuration: configuration, directory: "\(directory)/state")
                }
                let first = ended("d1", .failed, at: 1)
                #expect(try await router().record(first).map(\.kind) == [.failed])
                #expect(receiver.got.isEmpty)
                let second = try router()
                #expect(try await second.record(first) == [])
                #expect(try await second.record(missed(due: 3)).map(\.kind) == [.missed])
                #expect(try await second.record(ended("d2", .passed, at: 4)).count == 1)
                let running = Task { await second.run { Issue.record("\($0)") } }
                for _ in 0..<500 where receiver.got.count < 2 {
                    try await Task.sleep(for: .milliseconds(20))
                }
                let outbox = try Outbox(directory: "\(directory)/state/outbox")
                for _ in 0..<500 {
                    if try outbox.deliveries().allSatisfy({ $0.state == .delivered }) { break }
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(try outbox.deliveries().allSatisfy { $0.state == .delivered })
                running.cancel()
                await running.value
            }
        }
        #expect(receiver.got.count == 2)
        #expect(receiver.got.first?.body.contains("the drill failed") == true)
        #expect(receiver.got.last?.body.contains("the drill passes again") == true)
    }
}

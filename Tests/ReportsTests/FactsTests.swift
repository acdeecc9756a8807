import Playbooks
import Records
import Testing

@testable import Reports

@Suite("What reports work out from evidence is right")
struct FactsTests {
    @Test("a histogram's quantiles are within its precision", arguments: [5, 8])
    func quantiles(precision: Int) throws {
        var histogram = LatencyHistogram(precision: precision)
        var random = SeededGenerator(state: 7)
        let values = (0..<20_000).map { _ in
            Int64(1_000_000 * Double.random(in: 1...10_000, using: &random))
        }
        for value in values { histogram.record(value) }
        let sorted = values.sorted()
        for fraction in [0.01, 0.5, 0.9, 0.99, 0.999] {
            let truth = Double(sorted[Int((fraction * 20_000).rounded(.up)) - 1])
            let found = try #require(histogram.quantile(fraction))
            #expect(abs(found - truth) / truth < 1 / Double(1 << precision))
        }
        #expect(histogram.quantile(1) == Double(sorted[19_999]))
    }

    @Test("an empty histogram has no quantile, and an absurd latency does not stop it")
    func extremes() {
        var histogram = LatencyHistogram(precision: 5)
        #expect(histogram.quantile(0.5) == nil)
        for value in [Int64.max, 0, -5] { histogram.record(value) }
        #expect(histogram.total == 3)
        #expect(histogram.maximum == .max)
        #expect(histogram.quantile(0.5).map { $0 < 2048 } == true)
    }

    @Test("windows cover the drill, are round, and are never more than asked for")
    func windows() {
        for seconds in [0.001, 1, 59.9, 65, 600, 86_400, 1e8] {
            let span = Int64(seconds * 1e9)
            let series = OperationWindows(span: span)
            #expect(series.windows.count <= 240)
            #expect(Int64(series.windows.count) * series.width >= span)
            #expect(series.index(of: DrillTime(nanoseconds: span * 2)) == series.windows.count - 1)
            #expect(series.index(of: DrillTime(nanoseconds: -5)) == 0)
        }
    }

    @Test("windows and totals count every enqueue once")
    func totals() {
        let facts = DrillFacts(SyntheticDrill.failed())
        let statistics = facts.statistics
        let windows = statistics.windows.windows
        #expect(windows.reduce(0) { $0 + $1.attempted } == statistics.attempted)
        #expect(windows.reduce(0) { $0 + $1.acknowledged } == statistics.acknowledged)
        #expect(windows.reduce(0) { $0 + $1.latency.total } == statistics.acknowledged)
        #expect(windows.reduce(0) { $0 + $1.tries } == statistics.tries)
        #expect(windows.reduce(0) { $0 + $1.lost } == 200)
        #expect(
            statistics.attempted
                == statistics.acknowledged + statistics.failed + statistics.indeterminate)
    }

    @Test("the longest silence is the outage")
    func silence() throws {
        let silence = try #require(DrillFacts(SyntheticDrill.passed()).statistics.longestSilence)
        #expect(abs(silence.lowerBound.seconds - 36) < 0.02)
        #expect(abs(silence.upperBound.seconds - 37.85) < 0.02)
    }

    @Test("the ledger's sums show what does not add up")
    func ledger() {
        var summary = LedgerSummary(attempted: 10, acknowledged: 7, delivered: 8, indeterminate: 2)
        summary.recovered = 1
        summary.isDrained = true
        let right = LedgerBook(summary, failed: 1)
        #expect(right.enqueues.difference == 0)
        #expect(right.deliveries.difference == 0)
        #expect(
            right.enqueues.equation == "10 attempted = 7 acknowledged + 1 failed + 2 indeterminate")
        let wrong = LedgerBook(summary, failed: 3)
        #expect(wrong.enqueues.difference == -2)
        summary.delivered = 5
        #expect(LedgerBook(summary, failed: 1).deliveries.difference == -3)
        summary.deadLettered = 3
        let dead = LedgerBook(summary, failed: 1).deliveries
        #expect(dead.difference == 0)
        #expect(
            dead.equation
                == "5 delivered = 7 acknowledged − 0 lost − 3 dead or damaged + 1 recovered")
    }

    @Test("what a queue that nobody emptied may still hold is not called lost")
    func undelivered() throws {
        var evidence = SyntheticDrill.failed()
        #expect(HTMLReport.render(evidence).contains("The lost messages"))
        evidence.verdict?.ledger?.isDrained = false
        let figure = try #require(DrillFacts(evidence).keyFigures.first)
        #expect(figure.name == "Undelivered messages")
        #expect(figure.tone == .unsure)
        for text in [HTMLReport.render(evidence), MarkdownReport.render(evidence)] {
            #expect(text.contains("The undelivered messages"))
            #expect(!text.contains("The lost messages"))
            #expect(!text.contains("Lost messages"))
        }
    }

    @Test("a drill that ended before its first step says that nothing was done")
    func noStep() {
        var evidence = SyntheticDrill.passed()
        let sentence = "nothing of this was done"
        #expect(!HTMLReport.render(evidence).contains(sentence))
        evidence.events.removeAll { $0.subject == Phase.method.rawValue }
        #expect(HTMLReport.render(evidence).contains(sentence))
        #expect(MarkdownReport.render(evidence).contains(sentence))
    }

    @Test("waits before retries are counted by retry and bin")
    func retries() {
        let picture = DrillFacts(SyntheticDrill.passed()).statistics.retries
        #expect(picture.columns[0].reduce(0, +) == picture.messages)
        #expect(picture.columns.joined().reduce(0, +) == picture.waits)
        #expect(picture.columns.count <= RetryPolicy().attempts - 1)
        #expect(picture.examples.count == RetryPicture.exampleLimit)
        let counts = picture.examples.map(\.attempts.count)
        #expect(counts == counts.sorted(by: >))
        #expect(counts.first == picture.mostAttempts)
        for bin in 0..<40 {
            let bounds = RetryPicture.bounds(of: bin)
            let middle = (bounds.lowerBound * bounds.upperBound).squareRoot()
            #expect(RetryPicture.bin(of: middle) == bin)
        }
    }

    @Test("a redirect that is followed is no retry, and has no wait of the policy's")
    func redirects() {
        func attempt(_ start: Double, _ answer: String, _ redirect: String? = nil) -> Attempt {
            Attempt(
                node: "a", started: DrillTime(start), ended: DrillTime(start + 0.01),
                outcome: answer == "201" ? .ok : .failed, answer: answer, redirect: redirect)
        }
        let operation = Records.Operation(
            kind: .enqueue, client: "p0", message: nil, intended: DrillTime(1),
            ended: DrillTime(2), outcome: .ok, node: "a",
            attempts: [
                attempt(1, "connection refused"), attempt(1.11, "409", "a"),
                attempt(1.12, "connection refused"), attempt(1.33, "201"),
            ])
        #expect(operation.retryWaits.map(\.retry) == [0, 1])
        #expect(operation.retryWaits.map(\.attempt) == [1, 3])
        var picture = RetryPicture()
        picture.add(operation)
        #expect(picture.columns.map { $0.reduce(0, +) } == [1, 1])
        #expect(picture.redirects == 1)
        #expect(picture.messagesByAttempts == [4: 1])
    }

    @Test("a dead node is dead until it starts again")
    func nodes() throws {
        let evidence = SyntheticDrill.passed()
        let strips = Strips.nodes(evidence.samples, events: evidence.events, end: DrillTime(65))
        #expect(strips.map(\.name) == ["a", "b"])
        #expect(
            strips[0].segments.map(\.state) == [.starting, .primary, .dead, .starting, .standby])
        #expect(strips[1].segments.map(\.state) == [.starting, .standby, .primary])
        let dead = try #require(strips[0].segments.first { $0.state == .dead })
        #expect(dead.start == DrillTime(36.0001))
        #expect(dead.end == DrillTime(46.3))
    }

    @Test("a probe that falls silent is not called healthy")
    func silentProbe() {
        let samples = [1.0, 1.25, 1.5, 9].map {
            ProbeSample(
                probe: "health", started: DrillTime($0), ended: DrillTime($0 + 0.01),
                result: .healthy, answer: "200")
        }
        let segments = Strips.probes(samples, end: DrillTime(9.25))[0].segments
        #expect(segments.count == 2)
        #expect(segments[0].end == DrillTime(2.25))
    }

    @Test("the first figures are those of the checks, and absent ones say so")
    func keyFigures() throws {
        var evidence = SyntheticDrill.failed()
        let figures = DrillFacts(evidence).keyFigures
        #expect(figures.map(\.name).prefix(3) == ["Lost messages", "Failover", "Recovery"])
        #expect(figures.map(\.value).prefix(3) == ["200", "1.85 s", "19.4 s"])
        #expect(figures.map(\.tone).prefix(3) == [.bad, .good, .bad])
        evidence.verdict?.checks[1].figures.removeFirst()
        evidence.verdict?.checks[1].status = .broken
        let failover = try #require(DrillFacts(evidence).keyFigures.first { $0.name == "Failover" })
        #expect(failover.value == "–")
        #expect(failover.tone == .bad)
    }

    @Test("a crashed drill's faults are told from its events and its plan")
    func crash() {
        let facts = DrillFacts(SyntheticDrill.crashed())
        #expect(facts.faults.map(\.kind) == ["network.delay", "process.kill"])
        #expect(facts.faults.map(\.undo) == [.clean, .unknown])
        #expect(facts.faultWindows.map(\.isClosed) == [true, false])
        #expect(facts.findings.map(\.source) == ["undo of f2"])
        #expect(facts.headline.exitCode == nil)
    }
}

import Drills
import Playbooks
import Testing

@Suite("The review of a playbook")
struct PlaybookReviewTests {
    /// A playbook without mistakes, with one of its parts replaced.
    private func playbook(
        target: String = "{ kind: reference, nodes: 2 }", baseline: String = "12 s",
        duration: String = "10 s", probe: String = "ready"
    ) throws -> Playbook {
        let text = """
            playbook: p
            title: Title
            hypothesis: It holds.
            target: \(target)
            workload: { producers: 2, consumers: 2, rate: 400/s, payload: 256 B }
            timing: { baseline: \(baseline) }
            steady_state:
              - { probe: http, name: ready, on: { role: primary }, path: /readyz, every: 250 ms }
            method:
              - fault: network.delay
                on: { link: clients to primary }
                delay: 100 ms
                for: \(duration)
            expect:
              - { check: health, probe: \(probe) }
              - { check: recovery, within: 5 s }
            limits: { processes: 0 }
            """
        return try PlaybookDecoder(vocabulary: .firedrill).decode(
            Array(text.utf8), file: "p.yaml", name: "p", overrides: [:], environment: [:])
    }

    @Test("has nothing against one that can be run")
    func clean() throws {
        let review = PlaybookReview(try playbook())
        #expect(review.problems == [])
        #expect(review.faultProblems == [])
    }

    @Test("names the line of a check that could never answer")
    func checks() throws {
        let short = PlaybookReview(try playbook(baseline: "4 s")).problems
        #expect(short.map(\.line) == [16])
        #expect(short.first?.message.contains("make timing.baseline at least 10.00 s") == true)
        let stranger = PlaybookReview(try playbook(probe: "redy")).problems
        #expect(stranger.map(\.line) == [15])
        #expect(stranger.first?.message.contains("no probe named 'redy'") == true)
    }

    @Test("names the line of a target whose settings do not fit together")
    func target() throws {
        let problems = PlaybookReview(
            try playbook(target: "{ kind: reference, nodes: 2, lease: 1 ms }")
        ).problems
        #expect(problems.map(\.line) == [4])
    }

    @Test("names the line of a fault that could not be proven, apart from the rest")
    func faults() throws {
        let review = PlaybookReview(try playbook(duration: "400 ms"))
        #expect(review.problems == [])
        #expect(review.faultProblems.map(\.line) == [10])
    }
}

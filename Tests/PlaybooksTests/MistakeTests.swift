import Playbooks
import Testing

/// A playbook's text with what must be said of it.
struct Mistake: Sendable, CustomTestStringConvertible {
    var text: String
    var said: String

    init(_ text: String, _ said: String) {
        self.text = text
        self.said = said
    }

    var testDescription: String { said }
}

@Suite("Mistakes in a playbook")
struct MistakeTests {
    @Test("an unknown fault is named with its line, its column and the word that was meant")
    func unknownFault() {
        let text = Sample.full("method:\n  - fault: procces.kill\n    on: { role: primary }\n")
        #expect(
            Sample.problems(in: text) == [
                "x.yaml:6:12: unknown fault 'procces.kill'; did you mean 'process.kill'?"
            ])
    }

    @Test("all mistakes are told at once, in the order of the lines")
    func allAtOnce() {
        let text = """
            playbook: other
            hypothesis: x
            tittle: y
            seed: -1
            target: { kind: referense }
            workload: { producers: 4, raet: 4/s, payload: 10 }
            method:
              - wait: 5
              - fautl: process.kill
            """
        #expect(
            Sample.problems(in: text, name: "small") == [
                "x.yaml:1:11: 'playbook' is 'other', but the file's name says 'small'",
                "x.yaml:3:1: unknown key 'tittle' in the playbook; did you mean 'title'?",
                "x.yaml:4:7: 'seed' must be a whole number from 0 to 18446744073709551615 and is"
                    + " '-1'",
                "x.yaml:5:17: unknown target 'referense'; did you mean 'reference'?",
                "x.yaml:6:27: unknown key 'raet' in 'workload'; did you mean 'rate'?",
                "x.yaml:6:47: 'payload' needs a unit: write '10 MiB' or '10 kB'",
                "x.yaml:8:11: 'wait' needs a unit: write '5 s' or '5 ms'",
                "x.yaml:9:5: a step needs one of 'fault', 'wait', 'probe' and 'parallel'; did you"
                    + " mean 'fault'?",
            ])
    }

    @Test(
        "every mistake in values and sections is named",
        arguments: [
            Mistake(
                Sample.small("seed: 1\nseed: 2\n"), "4:1: 'seed' is given twice, first on line 3"),
            Mistake(Sample.small("title:\n"), "3:7: 'title' must be text and is empty"),
            Mistake(Sample.small("title: [a]\n"), "3:8: 'title' must be text and is a list"),
            Mistake(Sample.small("target: reference\n"), "'target' must be a mapping"),
            Mistake(Sample.small("target: { nodes: 2 }\n"), "'target' needs 'kind'"),
            Mistake(
                Sample.small("target: { kind: reference, nodes: 9 }\n"),
                "3:35: 'nodes' must be a whole number from 1 to 3 and is '9'"),
            Mistake(
                Sample.small("target: { kind: reference, durability: sinced }\n"),
                "did you mean 'synced'?"),
            Mistake(Sample.small("workload: { rate: 1/s }\n"), "a workload needs a target"),
            Mistake(Sample.full("timing: { warmup: -5 s }\n"), "'warmup' is negative"),
            Mistake(Sample.full("limits: { disk: 10 }\n"), "'disk' needs a unit"),
            Mistake(Sample.full("limits: { processes: two }\n"), "whole number from 0 to 10000"),
            Mistake(Sample.full("limits: { processes: \"2\" }\n"), "and is '2'"),
            Mistake(Sample.full("limits: []\n"), "'limits' must be a mapping and is a list"),
            Mistake(Sample.full("method: { wait: 1 s }\n"), "'method' must be a list"),
            Mistake("playbook: ../x\nhypothesis: y\n", "'playbook' is '../x', but may have"),
            Mistake("title: y\n", "the key 'playbook' is missing"),
            Mistake("playbook: x\n", "the key 'hypothesis' is missing"),
            Mistake("- a\n", "the playbook must be a mapping and is a list"),
            Mistake("just words\n", "the playbook must be a mapping and is 'just words'"),
        ])
    func sections(_ mistake: Mistake) {
        let said = Sample.problems(in: mistake.text)
        #expect(said.contains { $0.contains(mistake.said) }, "\(said)")
    }

    @Test(
        "every mistake in a workload is named",
        arguments: [
            ("rate: 0/s", "'rate' is 0"), ("timeout: 0 s", "'timeout' must be more than 0"),
            ("payload: 1 GiB", "'payload' is more than 16 MiB"),
            ("payload: 39 B", "'payload' (39 B) is less than 40 B"),
            ("queue: ''", "'queue' is empty"),
            ("poison: 101 %", "'poison' is more than 100 %"),
            ("producers: 1.5", "'producers' must be a whole number"),
            ("client: { retry: { first: 5 s, cap: 1 s } }", "(1 s) is below 'first' (5 s)"),
            ("client: { retry: { factor: 0.5 } }", "a number from 1 to 100"),
            ("client: { retry: { factor: 2 x } }", "a number from 1 to 100"),
            ("client: { retry: { jitter: fulll } }", "did you mean 'full'?"),
            ("client: { retrie: {} }", "did you mean 'retry'?"),
        ])
    func workload(_ entry: String, _ said: String) {
        let text = Sample.small("target: { kind: reference }\nworkload:\n  \(entry)\n")
        let problems = Sample.problems(in: text)
        #expect(problems.contains { $0.contains(said) }, "\(problems)")
    }

    @Test(
        "every mistake in a step is named",
        arguments: [
            ("{ fault: process.kill }", "fault 'process.kill' needs 'on'"),
            ("{ fault: process.kill, on: {} }", "'on' is empty"),
            ("{ fault: process.kill, on: { rolle: primary } }", "did you mean 'role'?"),
            ("{ fault: process.kill, on: { role: primry } }", "did you mean 'primary'?"),
            ("{ fault: process.kill, on: { role: primary, node: a } }", "in two ways"),
            ("{ fault: process.kill, on: { role: primary, pick: 0 } }", "whole number from 1"),
            ("{ fault: process.kill, on: { port: 70000 } }", "from 1 to 65535"),
            ("{ fault: network.delay, on: { role: primary } }", "needs 'delay'"),
            ("{ fault: network.delay, on: { link: a b }, delay: 1 s }", "'clients to primary'"),
            ("{ fault: network.delay, on: { node: a }, delay: 1 s, for: 0 s }", "more than 0"),
            ("{ fault: network.delay, on: { node: a }, delay: 1 s, fro: 1 s }", "mean 'for'?"),
            ("{ fault: disk.fill, on: { node: a }, leave: 5 }", "a size as '256 MiB', or a share"),
            ("{ fault: process.kill, wait: 1 s }", "a step is one thing"),
            ("{ wait: { until: steady } }", "'wait' needs 'at_most'"),
            ("{ wait: { until: steady, at_most: 1 s } }", "needs a 'steady_state'"),
            ("{ wait: soon }", "'wait' is 'soon', which is no quantity"),
            ("{ wait: 1 s, for: 2 s }", "unknown key 'for' in the wait"),
            ("{ parallel: [] }", "'parallel' needs a list of steps"),
            ("{ parallel: [{ fault: x }] }", "unknown fault 'x'; known are disk.fill"),
            ("{ probe: http, every: 1 us }", "'every' must be at least 1 ms"),
            ("{ probe: command, run: [a], on: { role: primary } }", "unknown key 'on'"),
            ("{ probe: http, expect: { status: ok } }", "whole number from 100 to 599"),
            ("{ probe: http, expect: 200 }", "'expect' must be a mapping and is '200'"),
            ("[a]", "a step must be a mapping"),
        ])
    func steps(_ step: String, _ said: String) {
        let problems = Sample.problems(in: Sample.full("method:\n  - \(step)\n"))
        #expect(problems.contains { $0.contains(said) }, "\(problems)")
    }

    @Test(
        "every mistake in a condition or check is named",
        arguments: [
            ("steady_state", "{ metric: enqueue.p98, below: 1 s }", "did you mean 'enqueue.p99'?"),
            ("steady_state", "{ metric: enqueue.p99 }", "needs 'below' or 'above'"),
            ("steady_state", "{ metric: enqueue.p99, below: 1 s, above: 2 s }", "has two bounds"),
            ("steady_state", "{ metric: enqueue.p99, below: 5 % }", "has the unit '%'"),
            ("steady_state", "{ metrik: enqueue.p99 }", "did you mean 'metric'?"),
            ("abort_when", "{ probe: http }", "unknown key 'probe'"),
            ("abort_when", "{ metric: enqueue.rate, below: 5 }", "write '5/s' or '5/min'"),
            ("expect", "{ check: no_los }", "did you mean 'no_loss'?"),
            ("expect", "{ check: failover }", "check 'failover' needs 'within'"),
            ("expect", "{ check: retries, follow: mood }", "one of workload.client.retry"),
            ("expect", "{ check: limit, metric: speed, below: 1 s }", "unknown metric 'speed'"),
            (
                "expect", "{ check: limit, metric: enqueue.p99, below: 1 s, strict: yes }",
                "true or false"
            ),
        ])
    func conditions(_ section: String, _ entry: String, _ said: String) {
        let problems = Sample.problems(in: Sample.full("\(section):\n  - \(entry)\n"))
        #expect(problems.contains { $0.contains(said) }, "\(problems)")
    }

    @Test("without a target no step may be aimed at a node, but at a process by its port")
    func aimWithoutTarget() {
        let node = Sample.small("method:\n  - { fault: process.kill, on: { role: primary } }\n")
        #expect(
            Sample.problems(in: node) == [
                "x.yaml:4: fault 'process.kill' is aimed at a node, and there is no target"
            ])
        let port = Sample.small("method:\n  - { fault: process.kill, on: { port: 5672 } }\n")
        #expect(Sample.problems(in: port).isEmpty)
        let metric = Sample.small("abort_when:\n  - { metric: enqueue.p99, above: 1 s }\n")
        #expect(Sample.problems(in: metric) == ["x.yaml:4: metric 'enqueue.p99' needs a workload"])
    }

    @Test("a name that a playbook gives to two probes is a mistake")
    func doubleNames() {
        let probe = "  - { probe: command, run: [a], name: twice }\n"
        let problems = Sample.problems(in: Sample.small("method:\n" + probe + probe))
        #expect(problems == ["x.yaml:5: two probes are called 'twice'"])
    }

    @Test("of very many mistakes a hundred are told and the rest is counted")
    func manyMistakes() {
        let steps = String(repeating: "  - { wait: 1 }\n", count: 500)
        let problems = Sample.problems(in: Sample.small("method:\n" + steps))
        #expect(problems.count == 101)
        #expect(problems.last == "x.yaml: and 400 more problems")
    }
}

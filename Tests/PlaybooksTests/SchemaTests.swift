import Playbooks
import Testing

@Suite("The JSON Schema of playbooks")
struct SchemaTests {
    private let checker: SchemaChecker

    init() throws {
        checker = try SchemaChecker(schema: PlaybookSchema(vocabulary: Sample.vocabulary).text)
    }

    @Test(
        "a playbook that the decoder accepts conforms",
        arguments: [
            Sample.primaryKill,
            Sample.small("method:\n  - { probe: command, run: /bin/true }\n"),
            Sample.small("variables: { a: 5/s, b: { default: 2 } }\ntitle: ${a}\nseed: ${b}\n"),
            Sample.full("timing: { warmup: 1.5s, drain: 2min, baseline: ' 3 h ' }\ntags: one\n"),
            Sample.full(
                "variables: { n: 5, t: 5 s }\nmethod:\n  - fault: process.kill\n"
                    + "    on: { node: a, pick: \"${n}\" }\n"
                    + "    for: ${t}\n  - parallel: [{ parallel: [{ wait: \"${n} s\" }] }]\n"),
            Sample.full("method:\n  - { fault: disk.fill, on: { path: / }, leave: 100.0 % }\n"),
        ])
    func accepted(_ text: String) throws {
        #expect(Sample.problems(in: text).isEmpty)
        #expect(try checker.complaints(about: text) == [])
    }

    @Test(
        "a playbook that the decoder refuses does not conform",
        arguments: [
            "playbook: x\n", "hypothesis: x\n", "- a\n", Sample.small("tittle: x\n"),
            Sample.small("seed: -1\n"), Sample.small("title:\n"),
            Sample.small("target: { kind: referense }\n"),
            Sample.small("target: { kind: reference, nodes: 9 }\n"),
            Sample.small("target: { kind: none, nodes: 1 }\n"),
            Sample.full("timing: { warmup: 5 }\n"), Sample.full("timing: { warmup: 5 sec }\n"),
            Sample.full("timing: { warmup: -5 s }\n"), Sample.full("limits: { disk: 5 KB }\n"),
            Sample.full("method:\n  - { fault: process.kill }\n"),
            Sample.full("method:\n  - { fault: process.kill, on: {} }\n"),
            Sample.full("method:\n  - { fault: process.kill, on: { role: x } }\n"),
            Sample.full("method:\n  - { fault: network.delay, on: { node: a } }\n"),
            Sample.full("method:\n  - { probe: command, run: [a], on: { node: a } }\n"),
            Sample.full("method:\n  - { fault: process.kill, on: { node: a }, wait: 1 s }\n"),
            Sample.full("method:\n  - { wait: { until: steady } }\n"),
            Sample.full("method:\n  - { parallel: [] }\n"),
            Sample.full("method:\n  - {}\n"), Sample.full("method: 5\n"),
            Sample.full("abort_when:\n  - { metric: enqueue.p99 }\n"),
            Sample.full("abort_when:\n  - { metric: enqueue.p99, below: 5 % }\n"),
            Sample.full("abort_when:\n  - { metric: enqueue.p99, below: 5 s, above: 5 s }\n"),
            Sample.full("abort_when:\n  - { metric: speed, below: 5 s }\n"),
            Sample.full("steady_state:\n  - { metric: enqueue.error_rate, below: 101 % }\n"),
            Sample.full("expect:\n  - { check: failover }\n"),
            Sample.full("expect:\n  - { check: limit, metric: speed, below: 1 s }\n"),
            Sample.full("expect:\n  - { check: no_loss, duplicates: { at_most: 5 } }\n"),
            Sample.small("variables: { a: [1] }\n"), Sample.small("variables: { a: { b: 1 } }\n"),
        ])
    func refused(_ text: String) throws {
        #expect(!Sample.problems(in: text).isEmpty)
        #expect(try !checker.complaints(about: text).isEmpty)
    }

    @Test("the text is the same on every run and names every kind with its summary")
    func text() {
        let text = PlaybookSchema(vocabulary: Sample.vocabulary).text
        #expect(text == PlaybookSchema(vocabulary: Sample.vocabulary).text)
        #expect(
            text.hasPrefix("{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\""))
        for declaration in Sample.vocabulary.faults + Sample.vocabulary.checks {
            #expect(text.contains("\"const\": \"\(declaration.kind)\""))
            #expect(text.contains(declaration.summary))
        }
        #expect(text.contains("How many nodes. Default: 2."))
    }
}

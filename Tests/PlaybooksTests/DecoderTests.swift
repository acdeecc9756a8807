import Playbooks
import Testing

@Suite("Decoding a playbook")
struct DecoderTests {
    @Test("every part of the language's sketch is read")
    func sketch() throws {
        let playbook = try Sample.decoder.decode(Sample.primaryKill, name: "primary-kill")
        #expect(playbook.title == "The queue survives the loss of its primary")
        #expect(playbook.hypothesis.hasPrefix("When the primary dies under load, the standby"))
        #expect(playbook.tags == ["failover", "weekly"])
        #expect(playbook.seed == 42)
        #expect(playbook.target.kind == "reference")
        #expect(playbook.target.settings.integer("nodes") == 2)
        #expect(playbook.workload.rate == Rate(perSecond: 400))
        #expect(playbook.workload.payload == ByteCount(256))
        #expect(playbook.workload.retry == RetryPolicy())
        #expect(playbook.timing.baseline == .seconds(15))
        #expect(playbook.timing.drain == Timing().drain)
        #expect(playbook.limits.disk == ByteCount(256 << 20))
        #expect(playbook.limits.interfaces == ["lo"])
        #expect(playbook.expectations.map(\.kind) == ["failover", "no_loss", "retries", "limit"])
        #expect(
            playbook.expectations[1].arguments.mapping("duplicates")?.ratio("at_most")
                == .percent(0.1))
        #expect(
            playbook.abortConditions == [
                MetricCondition(
                    metric: "enqueue.error_rate", bound: .above(.ratio(.percent(95))),
                    duration: .seconds(30), line: 61)
            ])
    }

    @Test("the steady state and the method of the sketch are read in order")
    func sketchSteps() throws {
        let playbook = try Sample.decoder.decode(Sample.primaryKill)
        guard case .probe(let health) = playbook.steadyState.first else {
            Issue.record("the first condition is no probe")
            return
        }
        #expect(health.name == "health")
        #expect(health.every == .milliseconds(250))
        #expect(health.selector == Selector(role: "primary"))
        #expect(health.arguments.mapping("expect")?.integer("status") == 200)
        guard playbook.method.count == 4, case .fault(let delay) = playbook.method[0],
            case .wait(let wait) = playbook.method[1], case .fault(let kill) = playbook.method[2],
            case .parallel(let steps) = playbook.method[3], case .fault(let fill) = steps.first
        else {
            Issue.record("the method has other steps")
            return
        }
        #expect(delay.selector?.link == Selector.Link(source: "clients", destination: "primary"))
        #expect(delay.duration == .seconds(10))
        #expect(wait.goal == .steady(atMost: .seconds(30)))
        #expect(kill.arguments.duration("restart_after") == .seconds(10))
        #expect(kill.duration == nil)
        #expect(fill.arguments.byteCount("leave") == ByteCount(0))
        #expect(fill.selector == Selector(role: "standby", path: "data"))
        #expect(delay.line == 32)
    }

    @Test("a playbook of one probe needs no target and no workload")
    func probesAlone() throws {
        let playbook = try Sample.decoder.decode(
            Sample.small("method:\n  - { probe: command, run: /bin/true }\n"))
        #expect(playbook.target.kind == "none")
        #expect(playbook.workload.isEmpty)
        #expect(playbook.title == "small")
        guard case .probe(let probe) = playbook.method.first else {
            Issue.record("no probe")
            return
        }
        #expect(probe.arguments.strings("run") == ["/bin/true"])
    }

    @Test("steps without a name are numbered, so that evidence can tell them apart")
    func names() throws {
        let kill = "  - { fault: process.kill, on: { role: primary } }\n"
        let playbook = try Sample.decoder.decode(
            Sample.full(
                "method:\n" + kill + kill
                    + "  - { fault: process.kill, on: { role: primary }, name: last }\n"))
        let names = playbook.method.map { step in
            guard case .fault(let fault) = step else { return "" }
            return fault.name
        }
        #expect(names == ["process.kill", "process.kill 2", "last"])
    }

    @Test("keys that YAML 1.1 takes for booleans stay keys, and CRLF line ends are read")
    func yamlTraps() throws {
        let text = Sample.full(
            "method:\n  - fault: process.kill\n    on: { role: primary, pick: 2 }\n")
        let playbook = try Sample.decoder.decode(
            text.split(separator: "\n").joined(separator: "\r\n") + "\r\n")
        guard case .fault(let fault) = playbook.method.first else {
            Issue.record("no fault")
            return
        }
        #expect(fault.selector?.pick == .count(2))
    }

    @Test("anchors and aliases are read within their budget")
    func aliases() throws {
        let playbook = try Sample.decoder.decode(
            Sample.small(
                "steady_state:\n  - &ask { probe: command, run: [a] }\nmethod:\n  - *ask\n"))
        guard case .probe(let probe) = playbook.method.first else {
            Issue.record("no probe")
            return
        }
        #expect(probe.arguments.strings("run") == ["a"])
        #expect(probe.name == "command 2")
    }

    @Test("the name that a file demands is its base name without the extension")
    func fileNames() {
        #expect(PlaybookDecoder.name(ofFileAt: "playbooks/primary-kill.yaml") == "primary-kill")
        #expect(PlaybookDecoder.name(ofFileAt: "/a/b.c.yml") == "b.c")
        #expect(PlaybookDecoder.name(ofFileAt: "plain") == "plain")
    }
}

import Drills
import Faults
import Playbooks
import Records
import Testing

@Suite("Plans for what a playbook's probes do")
struct ProbePlanTests {
    private func playbook(_ text: String, environment: [String: String] = [:]) throws -> Playbook {
        try PlaybookDecoder(vocabulary: .firedrill).decode(
            Array("playbook: p\nhypothesis: It works.\n\(text)".utf8), file: "p.yaml", name: "p",
            overrides: [:], environment: environment)
    }

    private func plan(_ playbook: Playbook) throws -> Plan {
        func absent(_ name: String) -> HostCapabilities.Capability {
            .init(name, isPresent: false, reason: "not effective")
        }
        return try PlanBuilder(
            playbook: playbook, seed: 1,
            host: HostCapabilities(
                netem: absent("netem"), networkAdministration: absent("CAP_NET_ADMIN"),
                systemAdministration: absent("CAP_SYS_ADMIN"), nftables: absent("nftables"),
                isRoot: false)
        ).build()
    }

    private static let program = "{ probe: command, run: [/bin/sh, -c, \"id\\n> x\"] }"

    @Test(
        "name the program wherever the playbook runs it, and ask first",
        arguments: [
            "steady_state:\n  - \(program)\n", "method:\n  - \(program)\n",
            "method:\n  - parallel:\n      - \(program)\n      - wait: 1 s\n",
        ])
    func programs(text: String) throws {
        let playbook = try playbook(text)
        let plan = try plan(playbook)
        let step = try #require(plan.steps.first { $0.kind == "probe" })
        #expect(step.objects == ["the program /bin/sh with '-c' 'id?> x'"])
        #expect(step.isOutside == true)
        let question = Question(plan, playbook.secrets)
        #expect(question.lines.contains { $0.contains("'id?> x'") }, "\(question.lines)")
        #expect(question.refusals == [])
        #expect(Question(plan, playbook.secrets, trustsPlaybook: true).lines == [])
    }

    @Test("name the program by its path, and the variables that it gets, without secrets")
    func variables() throws {
        let playbook = try playbook(
            """
            secrets: { password: "env:PW" }
            steady_state:
              - probe: command
                run: ["true", "${password}"]
                environment: ["A=1", "B=${password}"]

            """, environment: ["PW": "hunter2\"hunter2"])
        let plan = try plan(playbook)
        let objects = plan.steps.flatMap(\.objects)
        #expect(objects.count == 2)
        #expect(objects.first?.hasPrefix("the program /") == true, "\(objects)")
        #expect(objects.first?.hasSuffix("/true with '(secret password)'") == true, "\(objects)")
        #expect(objects.last == "its variables A, B")
        let lines = Question(plan, playbook.secrets).lines
        #expect(lines.contains("  password from env:PW"), "\(lines)")
    }

    @Test(
        "name what is asked otherwise, which nobody need allow",
        arguments: [
            ("{ probe: http, url: 'http://10.0.0.1:80/health' }", "GET http://10.0.0.1:80/health"),
            ("{ probe: tcp, port: 25, host: 10.0.0.1 }", "port 25 of 10.0.0.1"),
        ])
    func questions(probe: String, object: String) throws {
        let playbook = try playbook("steady_state:\n  - \(probe)\nmethod:\n  - \(probe)\n")
        let plan = try plan(playbook)
        #expect(plan.steps.map(\.objects) == [[object], [object]])
        #expect(plan.steps.first?.summary.hasPrefix("steady state: ") == true)
        #expect(Question(plan, playbook.secrets).lines == [])
    }

    @Test("ask for secrets alone as well, and for what is refused now all the same")
    func secretsAndRefusals() throws {
        let secret = "secrets: { password: \"env:PW\" }\ntitle: ${password}\n"
        let alone = try playbook(secret, environment: ["PW": "hunter2hunter2"])
        #expect(!Question(try plan(alone), alone.secrets).lines.isEmpty)
        let refused = try playbook(
            "method:\n  - \(Self.program)\n  - wait: 2 s\nlimits: { duration: 1 s }\n")
        let question = Question(try plan(refused), refused.secrets)
        #expect(!question.lines.isEmpty)
        #expect(question.refusals.count == 1, "\(question.refusals)")
    }
}

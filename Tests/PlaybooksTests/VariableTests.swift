import Playbooks
import Testing

@Suite("Variables of a playbook")
struct VariableTests {
    @Test("defaults stand when nothing else is given, and a typed value keeps its type")
    func defaults() throws {
        let text = Sample.small(
            """
            variables: { rate: { default: 400/s }, nodes: 2 }
            title: At ${rate}
            target:
              kind: reference
              nodes: ${nodes}
            workload:
              rate: ${rate}
            """)
        let playbook = try Sample.decoder.decode(text)
        #expect(playbook.title == "At 400/s")
        #expect(playbook.workload.rate == Rate(perSecond: 400))
        #expect(playbook.target.settings.integer("nodes") == 2)
    }

    @Test("in a flow mapping a variable is quoted and keeps its type")
    func quoted() throws {
        let text = Sample.small(
            "variables: { n: 2, word: '2' }\ntarget: { kind: reference, nodes: '${n}' }\n")
        #expect(try Sample.decoder.decode(text).target.settings.integer("nodes") == 2)
        let problems = Sample.problems(in: text.replacing("${n}", with: "${word}"))
        #expect(
            problems == ["x.yaml:4:35: 'nodes' must be a whole number from 1 to 3 and is '2'"])
    }

    @Test("--set comes before the environment, and the environment before the default")
    func precedence() throws {
        let text = Sample.small(
            "variables: { region: { environment: REGION, default: north } }\ntitle: ${region}\n")
        let decoder = Sample.decoder
        #expect(try decoder.decode(text).title == "north")
        #expect(try decoder.decode(text, environment: ["REGION": "east"]).title == "east")
        let set = try decoder.decode(
            text, overrides: ["region": "west"], environment: ["REGION": "east"])
        #expect(set.title == "west")
    }

    @Test("what comes from the environment is a secret, and what --set or a default gives is none")
    func secret() throws {
        let text = Sample.small(
            "variables: { a: { environment: KEY, default: harmless } }\ntitle: ${a}\n")
        let decoder = Sample.decoder
        let taken = try decoder.decode(text, environment: ["KEY": "hunter2"])
        #expect(taken.title == "hunter2")
        #expect(taken.secrets.sources == ["a from env:KEY"])
        #expect(taken.secrets.redact("hunter2") == "(secret a)")
        #expect(try decoder.decode(text).secrets.sources == [])
        let set = try decoder.decode(
            text, overrides: ["a": "hunter3"], environment: ["KEY": "hunter2"])
        #expect(set.secrets.sources == [])
        // Too short to be told from innocent text, and named all the same.
        let short = try decoder.decode(text, environment: ["KEY": "2"])
        #expect(short.secrets.sources == ["a from env:KEY"])
        #expect(short.secrets.redact("2") == "2")
    }

    @Test("a mistake made with a value from the environment does not repeat it")
    func mistake() {
        let problems = Sample.problems(
            in: Sample.full(
                "variables: { t: { environment: KEY } }\ntiming: { warmup: \"${t}\" }\n"),
            environment: ["KEY": "hunter2"])
        #expect(problems.count == 1)
        #expect(problems.first?.contains("(secret t)") == true, "\(problems)")
    }

    @Test("only variables that the playbook names are read from the environment")
    func environment() {
        let problems = Sample.problems(
            in: Sample.small("title: ${HOME}\n"), environment: ["HOME": "/root"])
        #expect(
            problems == [
                "x.yaml:3:8: unknown variable 'HOME' (write $${...} for the text ${...})"
            ])
    }

    @Test("text around a variable stays, and a doubled dollar sign writes a plain one")
    func text() throws {
        let text = Sample.small(
            "variables: { a: 1 }\ntitle: \"x${a}y${a} $${a} 5$ ${a\"\n")
        #expect(try Sample.decoder.decode(text).title == "x1y1 ${a} 5$ ${a")
    }

    @Test("a value that came from outside is held to the same rules")
    func checked() {
        let text = Sample.full("variables: { t: 5 s }\ntiming: { warmup: \"${t}\" }\n")
        #expect(Sample.problems(in: text).isEmpty)
        #expect(
            Sample.problems(in: text, overrides: ["t": "5"]) == [
                "x.yaml:6:19: 'warmup' needs a unit: write '5 s' or '5 ms'"
            ])
    }

    @Test("setting what the playbook does not declare is an error with the word that was meant")
    func undeclared() {
        let text = Sample.small("variables: { rate: 5/s }\n")
        #expect(
            Sample.problems(in: text, overrides: ["raet": "1/s"]) == [
                "x.yaml: --set raet: the playbook declares no such variable; did you mean 'rate'?"
            ])
    }

    @Test(
        "mistakes in the declarations are named",
        arguments: [
            ("variables: [a]\n", "'variables' must be a mapping"),
            ("variables: { a: [1] }\n", "must be one value, not a list"),
            ("variables: { a-b: 1 }\n", "a variable's name has letters"),
            ("variables: { a: { defalt: 1 } }\n", "did you mean 'default'?"),
            ("variables: { a: {} }\ntitle: ${a}\n", "has no value: give --set a=VALUE"),
            ("variables: { a: { default: [1] } }\n", "'default' must be one value"),
            ("variables: { rate: 1 }\ntitle: ${raet}\n", "did you mean 'rate'?"),
        ])
    func declarations(_ extra: String, _ said: String) {
        let problems = Sample.problems(in: Sample.small(extra))
        #expect(problems.contains { $0.contains(said) }, "\(problems)")
    }
}

import Foundation
import Kernel
import Records
import Testing

/// What is one per host, whatever the drills' state directories are.
@Suite("Drills with state directories of their own", .serialized)
struct HostWideTests {
    @Test("are ended by the host's order and let none begin, until it is lifted")
    func halt() async throws {
        try await withVictims("victim") { host in
            try await host.run(
                """
                FIREDRILL_STATE=$D/one code one firedrill run --yes --json one.yaml & drill=$!
                await_text one faultInjected
                code scoped env FIREDRILL_STATE=$D/two "$PROGRAM" halt
                kill -0 $drill || exit 7
                code halt firedrill halt --reason 'sale today'
                wait $drill
                FIREDRILL_STATE=$D/one code refused firedrill run --yes --json one.yaml
                code resume firedrill resume
                """)
            #expect(host.text("scoped").contains("no drill runs"))
            #expect(host.text("scoped").contains("other drills go on"))
            #expect(host.code("halt") == 0, "\(host.text("halt"))")
            #expect(host.text("halt").contains("the last fault was out after"))
            #expect(host.code("one") == 6, "\(host.text("one"))")
            #expect(host.text("one").contains("halted by user 0 at "))
            #expect(host.code("refused") == 2, "\(host.text("refused"))")
            #expect(host.text("refused").contains("sale today"))
            #expect(host.code("resume") == 0, "\(host.text("resume"))")
        }
    }

    @Test("do not both pause one process, and are counted together against the host's limits")
    func together() async throws {
        try await withVictims("victim", "other") { host in
            let directory = host.command.directory
            try host.writePause("same", on: "pid_file: \(directory)/victim.pid", for: "1 s")
            try host.writePause("other", on: "pid_file: \(directory)/other.pid", for: "1 s")
            try "limits: { faults: 1 }".write(
                toFile: "\(directory)/policy.yaml", atomically: true, encoding: .utf8)
            try await host.run(
                """
                FIREDRILL_STATE=$D/one code one firedrill run --yes --json one.yaml & drill=$!
                await_text one faultInjected
                FIREDRILL_STATE=$D/two code same firedrill run --yes --json same.yaml
                FIREDRILL_STATE=$D/two code other firedrill run --yes --json other.yaml
                FIREDRILL_STATE=$D/two FIREDRILL_POLICY=$D/policy.yaml \
                    code counted firedrill run --yes --json other.yaml
                code halt firedrill halt
                wait $drill
                """)
            #expect(host.text("same").contains("is at work on it; wait for its end"))
            #expect(!host.text("same").contains("faultInjected"))
            #expect(host.text("other").contains("faultInjected"))
            #expect(
                host.text("counted").contains("1 faults are in, and the host's policy allows 1"))
            #expect(!host.text("counted").contains("faultInjected"))
        }
    }

    @Test(
        "do not hit each other",
        arguments: [
            "firedrill-guardian DIR/one/", "firedrill-guardian --standby DIR/one/",
            "/firedrill run .*one\\.yaml",
        ])
    func each(pattern: String) async throws {
        try await withVictims("victim") { host in
            let expression = pattern.replacingOccurrences(of: "DIR", with: host.command.directory)
                .replacingOccurrences(of: "\\", with: "\\\\")
            try host.writePause("two", on: "command_line: \"\(expression)\"", for: "1 s")
            try await host.run(
                """
                FIREDRILL_STATE=$D/one code one firedrill run --yes --json one.yaml & drill=$!
                await_text one faultInjected
                FIREDRILL_STATE=$D/two code two firedrill run --yes --json two.yaml
                code halt firedrill halt
                wait $drill
                """)
            #expect(host.text("two").contains("which no fault may hit"), "\(host.text("two"))")
            #expect(!host.text("two").contains("faultInjected"))
        }
    }

    @Test("are told by plan, before they run, why they could not begin")
    func plan() async throws {
        try await withVictims("victim") { host in
            try await host.run(
                """
                printf 'playbook: ask\nhypothesis: It asks.\nmethod:\n  - { wait: 1 s }\n' > ask.yaml
                mkdir -m 777 open; chmod 777 open
                code openplan env FIREDRILL_STATE=$D/open "$PROGRAM" plan ask.yaml
                code openrun env FIREDRILL_STATE=$D/open "$PROGRAM" run ask.yaml
                code relative env FIREDRILL_STATE=relative "$PROGRAM" run --yes ask.yaml
                ls -d "$D/relative" > made.txt 2>&1; ls -d /relative >> made.txt 2>&1
                FIREDRILL_STATE=$D/one code one firedrill run --yes --json one.yaml & drill=$!
                await_text one faultInjected
                code takenplan env FIREDRILL_STATE=$D/two "$PROGRAM" plan one.yaml
                code takenrun env FIREDRILL_STATE=$D/two "$PROGRAM" run --yes one.yaml
                code halt firedrill halt
                wait $drill
                code haltplan env FIREDRILL_STATE=$D/two "$PROGRAM" plan ask.yaml
                code haltrun env FIREDRILL_STATE=$D/two "$PROGRAM" run ask.yaml
                code resume firedrill resume
                code free env FIREDRILL_STATE=$D/two "$PROGRAM" plan one.yaml
                """)
            for (name, text) in [
                ("open", "give it to this user with mode 700"),
                ("halt", "drills are halted by user 0"),
                ("taken", "is at work on it; wait for its end"),
            ] {
                for verb in ["plan", "run"] {
                    #expect(host.code(name + verb) == 2, "\(host.text(name + verb))")
                    #expect(host.text(name + verb).contains(text), "\(host.text(name + verb))")
                }
            }
            #expect(host.code("relative") == 0, "\(host.text("relative"))")
            #expect(host.text("made").contains("\(host.command.directory)/relative"))
            #expect(host.text("made").contains("cannot access '/relative'"))
            #expect(host.code("free") == 0, "\(host.text("free"))")
        }
    }

    @Test("end when the hours of the policy do")
    func hours() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let host = OwnHost(command: command)
        try await host.run(
            """
            printf 'playbook: ask\nhypothesis: It asks.\nmethod:\n' > ask.yaml
            for i in 1 2 3; do
                printf '  - { probe: command, run: [sleep, 25], timeout: 30 s }\n' >> ask.yaml
            done
            # At least five seconds are left, and at most a minute and five seconds.
            end=$(date -d '+65 seconds' +%H:%M); start=$(date -d '-2 hours' +%H:%M)
            echo "hours: ['$start-$end']" > policy.yaml
            FIREDRILL_POLICY=$D/policy.yaml code run firedrill run --trust-playbook ask.yaml
            FIREDRILL_POLICY=$D/policy.yaml code plan firedrill plan ask.yaml
            """)
        #expect(host.code("run") == 6, "\(host.text("run"))")
        #expect(host.text("run").contains("the hours in which drills may run are over"))
        #expect(host.code("plan") == 2, "\(host.text("plan"))")
    }

    /// A host of its own with a process for each name, whose number is in `NAME.pid`, and `one.yaml`,
    /// which pauses the first; they are ended whatever comes.
    private func withVictims(
        _ names: String..., run body: (OwnHost) async throws -> Void
    ) async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let host = OwnHost(command: command)
        var victims: [ChildProcess] = []
        let outcome: Result<Void, any Error>
        do {
            for name in names {
                let victim = try ChildProcess.spawn(
                    .init(executable: "/bin/sleep", arguments: ["600"]))
                victims.append(victim)
                try "\(victim.identity.pid)\n".write(
                    toFile: "\(command.directory)/\(name).pid", atomically: true, encoding: .utf8)
            }
            try host.writePause("one", on: "pid_file: \(command.directory)/\(names[0]).pid")
            outcome = .success(try await body(host))
        } catch {
            outcome = .failure(error)
        }
        for victim in victims { _ = await victim.terminate(grace: .zero) }
        try outcome.get()
    }
}

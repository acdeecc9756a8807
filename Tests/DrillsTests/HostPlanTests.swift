import Drills
import Faults
import Foundation
import Kernel
import Playbooks
import Records
import Testing

@Suite("Plans for what is the host's own")
struct HostPlanTests {
    private func plan(
        _ method: String, limits: String = "{ processes: 1 }", policy: HostPolicy = HostPolicy(),
        target: String = "{ kind: none }"
    ) throws -> Plan {
        let text =
            "playbook: p\nhypothesis: It works.\ntarget: \(target)\n"
            + "method:\n  - \(method)\nlimits: \(limits)\n"
        let playbook = try PlaybookDecoder(vocabulary: .firedrill).decode(
            Array(text.utf8), file: "p.yaml", name: "p", overrides: [:], environment: [:])
        return try plan(of: playbook, policy: policy)
    }

    private func plan(of playbook: Playbook, policy: HostPolicy = HostPolicy()) throws -> Plan {
        func present(_ name: String) -> HostCapabilities.Capability {
            .init(name, isPresent: true, reason: "effective")
        }
        return try PlanBuilder(
            playbook: playbook, seed: 1,
            host: HostCapabilities(
                netem: present("netem"), networkAdministration: present("CAP_NET_ADMIN"),
                systemAdministration: present("CAP_SYS_ADMIN"), nftables: present("nftables"),
                isRoot: true),
            policy: policy
        ).build()
    }

    private func refusals(_ plan: Plan) -> [String] {
        plan.limits.filter { !$0.isAllowed }.map { "\($0.rule): \($0.reason)" }
    }

    /// Two processes that one pattern fits, and nothing else does.
    private func withVictims(
        _ body: (_ pattern: String, _ victims: [ChildProcess]) async throws -> Void
    ) async throws {
        let mark = "600.\(UInt32.random(in: 1_000_000...9_999_999))"
        let victims = try (0..<2).map { _ in
            try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: [mark]))
        }
        // Between fork and exec a child has the command line of its parent.
        for victim in victims {
            for _ in 0..<500
            where ProcessTable.commandLine(of: victim.identity.pid)?.last != mark {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        try await body("sleep \(mark.replacing(".", with: "[.]"))", victims)
        for victim in victims { _ = await victim.terminate(grace: .zero) }
    }

    @Test("name every process that fits, by its number and its command line")
    func processes() async throws {
        try await withVictims { pattern, victims in
            let plan = try plan(
                "{ fault: process.kill, on: { command_line: '\(pattern)', pick: all } }",
                limits: "{ processes: 2 }")
            let objects = try #require(plan.steps.first).objects
            for victim in victims {
                let line = objects.first { $0.hasPrefix("\(victim.identity): /bin/sleep 600.") }
                #expect(line != nil, "\(objects)")
            }
            #expect(plan.steps[0].isOutside == true)
            #expect(refusals(plan) == [])
            #expect(plan.limits.contains { $0.reason == "each of 2 objects may be touched" })
        }
    }

    @Test("hold no part of a secret, and no password of another process")
    func secrets() async throws {
        let mark = "mark-\(UInt32.random(in: 1_000_000...9_999_999))"
        let secret = String(repeating: "s3cr3t", count: 10) + "\nend"
        let victim = try ChildProcess.spawn(
            .init(
                executable: "/bin/sh",
                arguments: [
                    "-c", "kill -STOP $$; exit", mark, "--password=hunter2", "--token", "hunter3",
                    String(repeating: "x", count: 20), secret,
                ]))
        for _ in 0..<500
        where ProcessTable.commandLine(of: victim.identity.pid)?.contains(mark) != true {
            try await Task.sleep(for: .milliseconds(10))
        }
        let text =
            "playbook: p\nhypothesis: It works.\nsecrets: { pw: \"env:PW\" }\nmethod:\n"
            + "  - { fault: process.pause, on: { command_line: '\(mark) ' }, for: 1 s }\n"
        let playbook = try PlaybookDecoder(vocabulary: .firedrill).decode(
            Array(text.utf8), file: "p.yaml", name: "p", overrides: [:],
            environment: ["PW": secret])
        let objects = try plan(of: playbook).steps.flatMap(\.objects)
        let line = try #require(objects.first { $0.contains(mark) && $0.contains("/bin/sh") })
        for part in ["s3cr3t", "hunter", "\n"] { #expect(!line.contains(part), "\(line)") }
        #expect(line.contains("--password=(redacted) --token (redacted)"), "\(line)")
        _ = await victim.terminate(grace: .zero)
    }

    @Test("refuse more processes than the limits allow, and those that the policy protects")
    func refused() async throws {
        try await withVictims { pattern, victims in
            let kill = "{ fault: process.kill, on: { command_line: '\(pattern)', pick: PICK } }"
            let all = refusals(try plan(kill.replacing("PICK", with: "all")))
            #expect(all.count == 1)
            #expect(all.first?.contains("with it 2 processes would be hit") == true, "\(all)")
            let one = kill.replacing("PICK", with: "one")
            #expect(refusals(try plan(one)) == [])
            var policy = HostPolicy(file: "/etc/p.yaml")
            policy.protectedProcesses = [pattern]
            let protected = refusals(try plan(one, policy: policy))
            #expect(protected.count == 2, "each may be the one that is picked")
            for victim in victims {
                #expect(protected.contains { $0.contains("\(victim.identity)") }, "\(protected)")
            }
        }
    }

    @Test("say that nothing fits now, and refuse only what can never fit")
    func nothing() throws {
        let absent = try plan("{ fault: process.kill, on: { pid_file: /nowhere/at.pid } }")
        #expect(refusals(absent) == [])
        #expect(absent.steps.first?.objects.last?.hasPrefix("none now") == true)
        for selector in ["{ command_line: '(' }", "{ container: web }", "{ cgroup: / }"] {
            #expect(refusals(try plan("{ fault: process.kill, on: \(selector) }")).count == 1)
        }
    }

    @Test("refuse pid 1 before anything starts")
    func first() throws {
        let path = NSTemporaryDirectory() + "firedrill-plan-\(UUID().uuidString).pid"
        try "1\n".write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let text = refusals(try plan("{ fault: process.kill, on: { pid_file: \(path) } }"))
        #expect(text.first?.contains("the first process of the system") == true, "\(text)")
    }

    @Test(
        "tell what of the host is touched from what is touched, not from the selector's words",
        arguments: [
            ("{ fault: cpu.load, percent: 50 %, for: 5 s }", "50 % of "),
            ("{ fault: memory.pressure, size: 1 MiB, for: 5 s }", "1048576 bytes of memory"),
            (
                "{ fault: disk.fill, on: { path: /dev }, size: 4 KiB, for: 5 s }",
                "4096 bytes of /dev"
            ),
        ])
    func outside(method: String, object: String) throws {
        let plan = try plan(
            method, limits: "{ cpu: 60 %, memory: 2 MiB, disk: 1 MiB, paths: [/dev] }")
        let step = try #require(plan.steps.first)
        #expect(step.isOutside == true)
        #expect(step.objects.contains { $0.contains(object) }, "\(step.objects)")
    }

    @Test(
        "refuse faults of one 'parallel' that together pass a limit which each keeps",
        arguments: [
            ("cpu.load, percent: 20 %, for: 1 s", "limits.cpu"),
            ("memory.pressure, size: 60 KiB, for: 1 s", "limits.memory"),
        ])
    func together(fault: String, word: String) throws {
        let limits = "{ cpu: 20 %, memory: 64 KiB }"
        let both = "parallel: [ { fault: \(fault) }, { fault: \(fault) } ]"
        let refused = refusals(try plan(both, limits: limits))
        #expect(refused.count == 1 && refused.first?.contains(word) == true, "\(refused)")
        let after = "{ fault: \(fault) }\n  - { fault: \(fault) }"
        #expect(refusals(try plan(after, limits: limits)) == [])
    }

    @Test(
        "know the shortest time that each kind takes",
        arguments: [
            (
                "{ fault: process.crash_loop, on: { role: primary }, count: 3, uptime: 4 s, "
                    + "restart_after: 2 s }", 14
            ),
            ("{ fault: process.kill, on: { role: primary }, restart_after: 9 s }", 9),
            ("{ fault: process.kill, on: { role: primary }, signal: STOP, for: 3 s }", 3),
            ("{ fault: power.loss, on: { role: primary } }", 2),
            (
                "{ fault: disk.corrupt, on: { role: primary }, file: x, flip: 1, "
                    + "restart_after: 7 s }", 7
            ),
            ("{ fault: cpu.load, percent: 1 %, for: 5 s }", 5),
        ] as [(String, Double)])
    func shortest(fault: String, seconds: Double) throws {
        let target = "{ kind: reference }"
        let limits = "{ processes: 9, cpu: 1 %, duration: 1 s }"
        let plan = try plan(fault, limits: limits, target: target)
        let rest = try self.plan("wait: 1 s", limits: limits, target: target)
        let duration = try #require(plan.limits.first { $0.rule == "duration" })
        #expect(!duration.isAllowed)
        let longer = plan.estimatedDuration.count - rest.estimatedDuration.count
        #expect(longer == Int64((seconds - 1) * 1_000_000_000), "\(plan.limits)")
    }

    @Test("refuse to pick none of what fits", arguments: ["minority", "0 %"])
    func none(pick: String) async throws {
        try await withVictims { pattern, _ in
            let refused = refusals(
                try plan(
                    "{ fault: process.kill, on: { command_line: '\(pattern)', pick: \(pick) } }"))
            #expect(refused.count == 1)
            #expect(refused.first?.contains("picks none of 2 objects") == true, "\(refused)")
        }
    }
}

import Testing

@testable import Playbooks

@Suite("The host's policy")
struct HostPolicyTests {
    private func decode(_ text: String) throws -> HostPolicy {
        try HostPolicyDecoder().decode(Array(text.utf8), file: "policy.yaml")
    }

    @Test("every part is read")
    func whole() throws {
        let policy = try decode(
            """
            protect:
              processes: ["^/usr/sbin/sshd"]
              users: [postgres, "33"]
              ports: [22, 5432]
              interfaces: [eth1]
              paths: /srv
            allow: { interfaces: [eth0], paths: [/var] }
            limits: { processes: 2, disk: 1 GiB, duration: 30 min, faults: 1 }
            hours: ["MON-FRI 09:00-17:00", "SAT,SUN 22:00-06:00"]
            """)
        #expect(policy.protectedProcesses == ["^/usr/sbin/sshd"])
        #expect(policy.protectedUsers == ["postgres", "33"])
        #expect(policy.protectedPorts == [22, 5432])
        #expect(policy.protectedInterfaces == ["eth1"] && policy.protectedPaths == ["/srv"])
        #expect(policy.allowedInterfaces == ["eth0"] && policy.allowedPaths == ["/var"])
        #expect(policy.processes == 2 && policy.disk == ByteCount(1 << 30))
        #expect(policy.duration == .seconds(1800) && policy.faults == 1)
        #expect(
            policy.hours.map(\.description) == [
                "MON,TUE,WED,THU,FRI 09:00-17:00", "SUN,SAT 22:00-06:00",
            ])
    }

    @Test(
        "a mistake is named with its line",
        arguments: [
            ("protcet: {}", "did you mean 'protect'?"),
            ("protect: { ports: [0] }", "1:20: 'ports' must be a whole number from 1 to 65535"),
            ("protect: { processes: ['['] }", "'[' is no regular expression"),
            ("protect: { paths: [srv] }", "'srv' is no absolute path"),
            ("limits: { duration: 5 }", "unit"),
            ("hours: [noon]", "'hours' has 'noon'"),
            ("- 1", "the policy must be a mapping"),
        ])
    func mistakes(text: String, said: String) {
        let error = #expect(throws: PlaybookProblems.self) { try decode(text) }
        #expect(error?.description.contains(said) == true, "\(String(describing: error))")
    }

    @Test(
        "hours hold from their first minute to the one before their last",
        arguments: [
            ("MON-FRI 09:00-17:00", 1, 540, true), ("MON-FRI 09:00-17:00", 1, 539, false),
            ("MON-FRI 09:00-17:00", 5, 1019, true), ("MON-FRI 09:00-17:00", 5, 1020, false),
            ("MON-FRI 09:00-17:00", 6, 600, false), ("sat-mon 00:00-24:00", 0, 1439, true),
            ("SAT-MON 00:00-24:00", 2, 0, false), ("22:00-06:00", 3, 1320, true),
            ("22:00-06:00", 3, 359, true), ("22:00-06:00", 3, 360, false),
            ("SAT 22:00-06:00", 0, 359, true), ("SAT 22:00-06:00", 6, 359, false),
        ])
    func hours(text: String, day: Int, minute: Int, isOpen: Bool) throws {
        let hours = try #require(DrillHours(text))
        #expect(hours.contains(day: day, minute: minute) == isOpen)
    }

    @Test(
        "what is no span of hours is refused",
        arguments: [
            "", "09:00", "9-17", "MON", "MON- 09:00-17:00", "XYZ 09:00-17:00", "09:00-09:00",
            "09:60-10:00", "24:01-02:00", "MON TUE 09:00-17:00",
        ])
    func noHours(text: String) {
        #expect(DrillHours(text) == nil)
    }

    @Test("a file that cannot be read as a policy is called the policy, not a playbook")
    func unreadable() {
        // What is no regular file is refused for root too, whom no permission keeps out.
        let error = #expect(throws: PlaybookProblems.self) {
            try HostPolicyDecoder().decode(fileAt: "/usr")
        }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("the policy "), "\(text)")
        #expect(!text.contains("playbook"), "\(text)")
    }

    @Test("allow.processes is read, and narrowed to what both name")
    func allowedProcesses() throws {
        let first = try decode("allow: { processes: ['sshd: ann', 'sshd: bob'] }")
        #expect(first.allowedProcesses == ["sshd: ann", "sshd: bob"])
        let second = try decode("allow: { processes: ['sshd: bob'] }")
        #expect(first.narrowed(by: second).allowedProcesses == ["sshd: bob"])
    }

    @Test("a second policy narrows the first and widens nothing")
    func narrowed() throws {
        let host = try decode(
            "protect: { ports: [22] }\nallow: { interfaces: [eth0, eth1] }\nlimits: { processes: 2 }"
        )
        let other = try decode(
            "protect: { ports: [80] }\nallow: { interfaces: [eth1, eth2] }\n"
                + "limits: { processes: 5, faults: 1 }")
        let both = host.narrowed(by: other)
        #expect(both.protectedPorts == [22, 80] && both.allowedInterfaces == ["eth1"])
        #expect(both.processes == 2 && both.faults == 1)
    }
}

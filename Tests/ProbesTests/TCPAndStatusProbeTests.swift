import Playbooks
import Probes
import Records
import Systems
import Testing

@Suite("The TCP and status probes")
struct TCPAndStatusProbeTests {
    @Test("a listening port is healthy and a closed one is not")
    func ports() async throws {
        let server = try await LocalServer.start(answer: nil)
        let step = ProbeStep(
            kind: "tcp", arguments: Arguments(["port": .integer(Int64(server.port))]))
        let probe = try ProbeCatalogue.make(step)
        let open = await probe.ask(context: .real())
        try await server.stop()
        let closed = await probe.ask(context: .real())
        #expect(open.map(\.answer) == ["connected"])
        #expect(open.map(\.result) == [.healthy])
        #expect(closed.map(\.answer) == ["connection refused"])
        #expect(closed.map(\.result) == [.unhealthy])
    }

    @Test("nodes are asked at their own ports")
    func nodes() async throws {
        let server = try await LocalServer.start(answer: nil)
        let testbed = FakeTestbed([
            FakeTestbed.node("a", .primary, port: server.port),
            FakeTestbed.node("b", .standby, port: server.port),
        ])
        let step = ProbeStep(kind: "tcp", selector: Selector(pick: .all))
        let samples = await (try ProbeCatalogue.make(step)).ask(context: .real(testbed))
        try await server.stop()
        #expect(samples.map(\.node) == ["a", "b"])
        #expect(samples.map(\.result) == [.healthy, .healthy])
    }

    @Test(
        "a step without one aim is refused",
        arguments: [
            (ProbeStep(kind: "tcp"), "either 'port' or 'on'"),
            (
                ProbeStep(
                    kind: "tcp", selector: Selector(node: "a"),
                    arguments: Arguments(["port": .integer(1)])), "either 'port' or 'on'"
            ),
            (
                ProbeStep(
                    kind: "tcp",
                    arguments: Arguments(["port": .integer(1), "host": .string("d b")])),
                "neither an IP address nor"
            ),
            (ProbeStep(kind: "status", selector: Selector(commandLine: "x")), "'on' takes"),
            (ProbeStep(kind: "smoke"), "there is no such kind"),
        ])
    func refused(_ step: ProbeStep, _ reason: String) {
        let error = #expect(throws: ProbeError.self) { try ProbeCatalogue.make(step) }
        #expect(error?.description.contains(reason) == true)
    }

    @Test("the target's own status is kept with its role and its number")
    func status() async throws {
        let testbed = FakeTestbed(
            [FakeTestbed.node("a", .unknown), FakeTestbed.node("b", .standby)],
            answers: [
                "a": StatusAnswer(
                    result: .healthy, answer: "ready", role: .primary, epoch: 3, value: 12)
            ])
        let step = ProbeStep(kind: "status", selector: Selector(pick: .all))
        let samples = await (try ProbeCatalogue.make(step)).ask(context: .real(testbed))
        #expect(samples.map(\.role) == [.primary, .standby])
        #expect(samples.map(\.value) == [12, nil])
        #expect(samples.map(\.result) == [.healthy, .unhealthy])
    }

    @Test(
        "a healthy status must also be what the playbook expects",
        arguments: [
            ("primary", nil, 12.0, ProbeSample.Result.healthy), ("standby", nil, 12, .unhealthy),
            (nil, 13, 12, .healthy), (nil, 12, 12, .unhealthy), (nil, 12, nil, .unknown),
        ] as [(String?, Double?, Double?, ProbeSample.Result)])
    func expectation(
        _ role: String?, _ below: Double?, _ value: Double?, _ result: ProbeSample.Result
    ) async throws {
        let testbed = FakeTestbed(
            [FakeTestbed.node("a", .primary)],
            answers: [
                "a": StatusAnswer(result: .healthy, answer: "ready", role: .primary, value: value)
            ])
        var expected: [String: ArgumentValue] = [:]
        expected["role"] = role.map(ArgumentValue.string)
        expected["below"] = below.map(ArgumentValue.number)
        let step = ProbeStep(
            kind: "status", arguments: Arguments(["expect": .mapping(Arguments(expected))]))
        let samples = await (try ProbeCatalogue.make(step)).ask(context: .real(testbed))
        #expect(samples.map(\.result) == [result])
    }
}

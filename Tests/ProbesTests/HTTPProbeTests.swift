import Playbooks
import Probes
import Records
import Systems
import Testing

@Suite("The HTTP probe")
struct HTTPProbeTests {
    private func ask(
        _ values: [String: ArgumentValue], on selector: Selector? = nil,
        testbed: (any Testbed)? = nil
    ) async throws -> [ProbeSample] {
        let step = ProbeStep(
            kind: "http", name: "health", selector: selector, arguments: Arguments(values))
        let probe = try ProbeCatalogue.make(step)
        let samples = await probe.ask(context: .real(testbed))
        await probe.close()
        return samples
    }

    @Test(
        "an answer is healthy when its status is the expected one",
        arguments: [
            (200, nil, ProbeSample.Result.healthy), (204, nil, .healthy), (503, nil, .unhealthy),
            (503, 503, .healthy), (200, 201, .unhealthy), (302, nil, .unhealthy),
        ] as [(Int, Int64?, ProbeSample.Result)])
    func status(_ status: Int, _ expected: Int64?, _ result: ProbeSample.Result) async throws {
        let server = try await LocalServer.http(status)
        var values: [String: ArgumentValue] = [
            "url": .string("http://127.0.0.1:\(server.port)/healthz")
        ]
        if let expected {
            values["expect"] = .mapping(Arguments(["status": .integer(expected)]))
        }
        let samples = try await ask(values)
        try await server.stop()
        #expect(samples.map(\.result) == [result])
        #expect(samples.map(\.answer) == [String(status)])
        #expect(samples.allSatisfy { $0.probe == "health" && $0.node.isEmpty })
        #expect(samples.allSatisfy { $0.started <= $0.ended })
    }

    @Test("the body must contain the expected text")
    func body() async throws {
        let server = try await LocalServer.http(200, "status: ready")
        let url = ArgumentValue.string("http://localhost:\(server.port)")
        let good = try await ask([
            "url": url, "expect": .mapping(Arguments(["body_contains": .string("ready")])),
        ])
        let bad = try await ask([
            "url": url, "expect": .mapping(Arguments(["body_contains": .string("steady")])),
        ])
        try await server.stop()
        #expect(good.map(\.result) == [.healthy])
        #expect(bad.map(\.answer) == ["200, other body"])
        #expect(bad.map(\.result) == [.unhealthy])
    }

    @Test("a name is looked up, its addresses are tried in turn, and Host names it")
    func name() async throws {
        let server = try await LocalServer.http(200)
        // In every hosts file, and no spelling that is known without a lookup.
        let found = try await ask(["url": .string("http://LOCALHOST:\(server.port)/")])
        let request = server.received
        try await server.stop()
        let missing = try await ask(["url": .string("http://no-such-host.invalid/")])
        #expect(found.map(\.answer) == ["200"])
        #expect(request.contains("Host: LOCALHOST:\(server.port)\r\n"), "\(request)")
        #expect(missing.map(\.result) == [.unknown])
        #expect(missing.allSatisfy { $0.answer.hasPrefix("name ") })
    }

    @Test("a service that is silent, gone or speaks no HTTP is unhealthy")
    func noAnswer() async throws {
        let silent = try await LocalServer.start(answer: nil)
        let within = ArgumentValue.mapping(Arguments(["within": .duration(.milliseconds(100))]))
        let late = try await ask([
            "url": .string("http://127.0.0.1:\(silent.port)/"), "expect": within,
        ])
        try await silent.stop()
        let gone = try await ask(["url": .string("http://127.0.0.1:\(silent.port)/")])
        let noise = try await LocalServer.start(answer: "nonsense\r\n\r\n")
        let odd = try await ask(["url": .string("http://127.0.0.1:\(noise.port)/")])
        try await noise.stop()
        #expect(late.map(\.answer) == ["timeout"])
        #expect(gone.map(\.answer) == ["connection refused"])
        #expect((late + gone + odd).map(\.result) == [.unhealthy, .unhealthy, .unhealthy])
    }

    @Test("nodes are asked by the role that they have when the question is put")
    func roles() async throws {
        let sound = try await LocalServer.http(200)
        let sick = try await LocalServer.http(503)
        let testbed = FakeTestbed(
            [FakeTestbed.node("a", .primary), FakeTestbed.node("b", .standby)],
            ports: ["a": sound.port, "b": sick.port])
        let primary = Selector(role: "primary")
        let before = try await ask([:], on: primary, testbed: testbed)
        testbed.set([FakeTestbed.node("a", .standby), FakeTestbed.node("b", .primary)])
        let after = try await ask([:], on: primary, testbed: testbed)
        let all = try await ask([:], on: Selector(pick: .all), testbed: testbed)
        testbed.set([FakeTestbed.node("a", .standby)])
        let nobody = try await ask([:], on: primary, testbed: testbed)
        try await sound.stop()
        try await sick.stop()
        #expect(before.map(\.node) == ["a"])
        #expect(before.map(\.result) == [.healthy])
        #expect(after.map(\.node) == ["b"])
        #expect(after.map(\.result) == [.unhealthy])
        #expect(after.map(\.role) == [.primary])
        #expect(all.map(\.node) == ["a", "b"])
        #expect(nobody.map(\.answer) == ["no primary"])
        #expect(nobody.map(\.result) == [.unhealthy])
    }

    @Test("a probe that cannot ask says unknown")
    func unknown() async throws {
        let testbed = FakeTestbed([FakeTestbed.node("a", .single)])
        let noAddress = try await ask([:], on: Selector(node: "a"), testbed: testbed)
        let noTestbed = try await ask([:], on: Selector(node: "a"))
        #expect(noAddress.map(\.result) == [.unknown])
        #expect(noTestbed.map(\.answer) == ["no testbed"])
    }

    @Test(
        "a step that cannot be asked is refused when the probe is made",
        arguments: [
            (nil, nil, nil, "needs 'url'"),
            ("ftp://localhost/", nil, nil, "no http:// or https:// URL"),
            ("http://300.1.1.1/", nil, nil, "neither an IP address nor"),
            ("http://localhost/", "/x", nil, "not both"),
            (nil, "x", Selector(role: "primary"), "starts with /"),
            (nil, "/a b", Selector(role: "primary"), "percent-encoded"),
            (nil, nil, Selector(listeningPort: 80), "'on' takes"),
        ] as [(String?, String?, Selector?, String)])
    func refused(_ url: String?, _ path: String?, _ selector: Selector?, _ reason: String) {
        var values: [String: ArgumentValue] = [:]
        values["url"] = url.map(ArgumentValue.string)
        values["path"] = path.map(ArgumentValue.string)
        let step = ProbeStep(
            kind: "http", selector: selector, arguments: Arguments(values), line: 7)
        let error = #expect(throws: ProbeError.self) { try ProbeCatalogue.make(step) }
        #expect(error?.description.hasPrefix("line 7: probe 'http': ") == true)
        #expect(error?.description.contains(reason) == true)
    }
}

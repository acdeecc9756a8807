import Playbooks
import Records
import Testing

@testable import Probes

@Suite("The HTTP probe over TLS")
struct HTTPSProbeTests {
    private func ask(
        _ url: String, _ values: [String: ArgumentValue] = [:]
    ) async throws -> ProbeSample {
        var values = values
        values["url"] = .string(url)
        let probe = try ProbeCatalogue.make(step(values))
        let samples = await probe.ask(context: .real())
        await probe.close()
        #expect(samples.count == 1)
        return try #require(samples.first)
    }

    private func step(_ values: [String: ArgumentValue]) -> ProbeStep {
        ProbeStep(kind: "http", name: "health", arguments: Arguments(values), line: 7)
    }

    @Test("a service whose certificate is trusted is asked by its name and by its address")
    func trusted() async throws {
        let certificate = try await TestCertificate(for: ["DNS:localhost", "IP:127.0.0.1"])
        defer { certificate.remove() }
        let server = try await LocalServer.http(200, "ready", security: certificate.server())
        let trust: [String: ArgumentValue] = [
            "ca": .string(certificate.file),
            "expect": .mapping(Arguments(["body_contains": .string("ready")])),
        ]
        for host in ["localhost", "127.0.0.1"] {
            let sample = try await ask("https://\(host):\(server.port)/health", trust)
            #expect(sample.result == .healthy)
            #expect(sample.answer == "200")
        }
        #expect(server.received.contains("GET /health HTTP/1.1\r\nHost: localhost:"))
        try await server.stop()
    }

    @Test("a certificate that nobody vouches for, or of another host, is the service's failure")
    func untrusted() async throws {
        let certificate = try await TestCertificate(for: ["DNS:queue.example"])
        defer { certificate.remove() }
        let server = try await LocalServer.http(200, security: certificate.server())
        let trust: [String: ArgumentValue] = ["ca": .string(certificate.file)]
        var answers: [ProbeSample] = []
        for host in ["localhost", "127.0.0.1"] {
            let url = "https://\(host):\(server.port)/"
            answers.append(try await ask(url))
            answers.append(try await ask(url, trust))
            let insecure = try await ask(url, ["insecure": .boolean(true)])
            #expect(insecure.result == .healthy)
        }
        try await server.stop()
        let words = ["certificate not trusted", "certificate of another host"]
        #expect(answers.map(\.answer) == words + words)
        #expect(answers.allSatisfy { $0.result == .unhealthy })
    }

    @Test("a service that speaks no TLS, never answers, or answers too much is unhealthy in time")
    func misbehaving() async throws {
        let certificate = try await TestCertificate(for: ["DNS:localhost"])
        defer { certificate.remove() }
        let trust = ArgumentValue.string(certificate.file)
        let plain = try await LocalServer.http(200)
        let silent = try await LocalServer.start(answer: nil)
        let large = try await LocalServer.http(
            200, String(repeating: "x", count: 2 << 20), security: certificate.server())
        let mute = try await LocalServer.start(answer: nil, security: certificate.server())
        var answers: [ProbeSample] = []
        for server in [plain, large] {
            answers.append(try await ask("https://localhost:\(server.port)/", ["ca": trust]))
        }
        for server in [silent, mute] {
            let within = ArgumentValue.mapping(Arguments(["within": .duration(.milliseconds(200))]))
            answers.append(
                try await ask(
                    "https://localhost:\(server.port)/", ["ca": trust, "expect": within]))
        }
        for server in [plain, silent, large, mute] { try await server.stop() }
        #expect(
            answers.map(\.answer) == [
                "TLS handshake failed", "answer too large", "timeout", "timeout",
            ])
        #expect(answers.allSatisfy { $0.result == .unhealthy })
    }

    @Test("certificates that cannot be read, or have no use, are mistakes of the playbook")
    func refused() async throws {
        let certificate = try await TestCertificate(for: ["DNS:localhost"])
        defer { certificate.remove() }
        let url = ArgumentValue.string("https://localhost/")
        let cases: [([String: ArgumentValue], String)] = [
            (["url": url, "ca": .string("/no/such.pem")], "No such file"),
            (["url": url, "ca": .string("/tmp")], "it is no file"),
            (["url": url, "ca": .string("/etc/passwd")], "no certificate can be read"),
            (
                ["url": url, "ca": .string(certificate.file), "insecure": .boolean(true)],
                "not both"
            ),
            (
                ["url": .string("http://localhost/"), "ca": .string(certificate.file)],
                "go with an https:// URL"
            ),
            (
                ["url": .string("http://localhost/"), "insecure": .boolean(true)],
                "go with an https:// URL"
            ),
        ]
        for (values, reason) in cases {
            let error = #expect(throws: ProbeError.self) { try ProbeCatalogue.make(step(values)) }
            let text = error?.description ?? ""
            #expect(text.hasPrefix("line 7: probe 'http': ") && text.contains(reason), "\(text)")
        }
    }
}

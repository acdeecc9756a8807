import Crypto
import Foundation
import NIOSSL
import Testing

@testable import Incidents

@Suite("Deliveries", .timeLimit(.minutes(2)))
struct CourierTests {
    private static let notice = Notice(
        key: "0123456789abcdef0123456789abcdef", type: "drill.attached",
        title: "INC-123: <the> queue", sentence: "failover took 9.1 s & 5 s were allowed",
        markdown: "# Failed\n\ntext\n", playbook: "primary-kill", drill: "d1",
        incident: "INC-123", outcome: "failed", occurredAt: Fixture.start,
        attachment: .init(name: "INC-123-d1.zip", bytes: 3, sha256: "abc"))

    /// Quick, so that a test of the third attempt takes no seconds.
    private static let policy = {
        var policy = DeliveryPolicy()
        policy.firstWait = .milliseconds(20)
        policy.patience = .seconds(10)
        return policy
    }()

    /// Delivers the notice to one destination and answers what became of it.
    private func deliver(
        _ kind: Destination.Kind, in directory: String, authorities: String? = nil,
        policy: DeliveryPolicy = Self.policy, within bound: Duration = .seconds(60)
    ) async throws -> OutboxEntry {
        let outbox = try Outbox(directory: "\(directory)/outbox")
        try outbox.add(Self.notice, to: "there", archive: [1, 2, 3], now: Fixture.start)
        let configuration = IncidentConfiguration(destinations: [
            Destination(name: "there", kind: kind, authorities: authorities)
        ])
        let start = ContinuousClock.now
        let courier = Courier(outbox: outbox, configuration: configuration, policy: policy) {
            Fixture.start + Int64(start.duration(to: .now) / .nanoseconds(1))
        }
        let all = try await courier.deliver(keys: [Self.notice.key], within: bound)
        return try #require(all.first)
    }

    private func secret(_ text: String, in directory: String) throws -> SecretSource {
        let path = "\(directory)/secret"
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        return .file(path)
    }

    @Test("A webhook's body is signed with its time and key, and keeps its key when it is repeated")
    func webhook() async throws {
        let receiver = Receiver([
            .init(status: 500), .init(status: 429, retryAfter: "0"), .init(),
        ])
        try await Fixture.withDirectory { directory in
            try await receiver.serve { port in
                let delivery = try await deliver(
                    .webhook(
                        url: "http://localhost:\(port)/hook?x=1",
                        secret: try secret("hush-hush\n", in: directory)), in: directory)
                #expect(delivery.state == .delivered)
                #expect(delivery.attempts == 3)
            }
        }
        #expect(receiver.got.count == 3)
        for got in receiver.got {
            #expect(got.method == "POST" && got.path == "/hook" && got.query == "x=1")
            #expect(got.fields["webhook-id"] == Self.notice.key)
            #expect(got.fields["idempotency-key"] == Self.notice.key)
            let time = got.fields["webhook-timestamp"] ?? ""
            let code = HMAC<SHA256>.authenticationCode(
                for: Data("\(Self.notice.key).\(time).\(got.body)".utf8),
                using: SymmetricKey(data: Data("hush-hush".utf8)))
            #expect(
                got.fields["webhook-signature"] == "v1," + Data(code).base64EncodedString())
            #expect(!got.body.contains("hush-hush"))
            #expect(got.body.contains(#""type":"drill.attached""#))
        }
    }

    @Test("What is refused is not sent again, and says why")
    func refused() async throws {
        let receiver = Receiver([.init(status: 404, body: "no such hook")])
        try await Fixture.withDirectory { directory in
            try await receiver.serve { port in
                let delivery = try await deliver(
                    .webhook(
                        url: "http://127.0.0.1:\(port)/",
                        secret: try secret("hush-hush", in: directory)), in: directory)
                #expect(delivery.state == .refused)
                #expect(delivery.failure == "it answered 404: no such hook")
            }
        }
        #expect(receiver.got.count == 1)
    }

    @Test("GitHub gets a comment, found again when its answer was lost, and not written twice")
    func github() async throws {
        let receiver = Receiver([
            .init(status: 201, delay: .seconds(5)),
            .init(body: #"[{"body":"\u003c!-- firedrill:\#(Self.notice.key) --\u003e"}]"#),
            .init(status: 500),
        ])
        try await Fixture.withDirectory { directory in
            try await receiver.serve { port in
                var policy = Self.policy
                policy.patience = .seconds(3)
                let delivery = try await deliver(
                    .github(
                        api: "http://127.0.0.1:\(port)", repository: "acme/queue", issue: 7,
                        token: try secret("ghp_token", in: directory)), in: directory,
                    policy: policy)
                #expect(delivery.state == .delivered)
                #expect(delivery.attempts == 2)
            }
        }
        #expect(receiver.got.map(\.method) == ["POST", "GET"])
        #expect(receiver.got.allSatisfy { $0.path == "/repos/acme/queue/issues/7/comments" })
        #expect(receiver.got[0].fields["authorization"] == "Bearer ghp_token")
        #expect(receiver.got[0].fields["accept"] == "application/vnd.github+json")
        #expect(receiver.got[1].query.hasPrefix("per_page=100&since=2026-11-21T02:"))
        #expect(receiver.got[0].body.contains("<!-- firedrill:\(Self.notice.key) -->"))
    }

    @Test("GitHub's limit of requests is waited for, and a missing comment is written then")
    func githubLimit() async throws {
        let receiver = Receiver([
            .init(status: 403, retryAfter: "0", body: "secondary rate limit"),
            .init(body: "[]"), .init(status: 201),
        ])
        try await Fixture.withDirectory { directory in
            try await receiver.serve { port in
                let delivery = try await deliver(
                    .github(
                        api: "http://127.0.0.1:\(port)/", repository: "acme/queue", issue: 7,
                        token: try secret("ghp_token", in: directory)), in: directory)
                #expect(delivery.state == .delivered)
            }
        }
        #expect(receiver.got.map(\.method) == ["POST", "GET", "POST"])
    }

    @Test("GitLab gets a note on the issue of a project that is named by its path")
    func gitlab() async throws {
        let receiver = Receiver([.init(status: 201)])
        try await Fixture.withDirectory { directory in
            try await receiver.serve { port in
                let delivery = try await deliver(
                    .gitlab(
                        api: "http://127.0.0.1:\(port)/api/v4", project: "group/queue", issue: 3,
                        token: try secret("glpat-token", in: directory)), in: directory)
                #expect(delivery.state == .delivered)
            }
        }
        let got = try #require(receiver.got.first)
        #expect(got.path == "/api/v4/projects/group%2Fqueue/issues/3/notes")
        #expect(got.fields["private-token"] == "glpat-token")
        #expect(got.body.hasPrefix(#"{"body":"<!-- firedrill:"#))
    }

    @Test("An issue that nobody named is a refusal before anything is sent")
    func noIssue() async throws {
        try await Fixture.withDirectory { directory in
            let delivery = try await deliver(
                .gitlab(
                    api: "http://127.0.0.1:9/api/v4", project: "1", issue: nil,
                    token: try secret("glpat-token", in: directory)), in: directory)
            #expect(delivery.state == .refused)
            #expect(delivery.failure.contains("--issue"))
        }
    }

    @Test("Slack gets blocks whose text is escaped, at a URL that is a secret")
    func slack() async throws {
        let receiver = Receiver()
        try await Fixture.withDirectory { directory in
            try await receiver.serve { port in
                let url = try secret("http://127.0.0.1:\(port)/services/T/B/x", in: directory)
                #expect(try await deliver(.slack(url: url), in: directory).state == .delivered)
            }
            let url = try secret("not-a-url-but-secret", in: directory)
            try FileManager.default.removeItem(atPath: "\(directory)/outbox")
            let delivery = try await deliver(.slack(url: url), in: directory)
            #expect(delivery.state == .refused)
            #expect(!delivery.failure.contains("secret"))
        }
        let got = try #require(receiver.got.first)
        #expect(got.path == "/services/T/B/x")
        #expect(got.body.contains(#""text":"failover took 9.1 s &amp; 5 s were allowed""#))
        #expect(got.body.contains(#""type":"header""#))
    }

    @Test("A directory gets the archive itself")
    func directory() async throws {
        try await Fixture.withDirectory { directory in
            let delivery = try await deliver(.directory(path: directory), in: directory)
            #expect(delivery.state == .delivered)
            let bytes = try Data(contentsOf: URL(filePath: "\(directory)/INC-123-d1.zip"))
            #expect(Array(bytes) == [1, 2, 3])
        }
    }

    @Test("Nobody there, nobody who answers, and a name that is none: it waits, and says why")
    func unreachable() async throws {
        try await Fixture.withDirectory { directory in
            var policy = Self.policy
            policy.firstWait = .seconds(60)
            policy.patience = .seconds(1)
            let silent = Receiver([.init(delay: .seconds(2))])
            try await silent.serve { port in
                for (host, reason) in [
                    ("127.0.0.1:1", "connection refused"), ("127.0.0.1:\(port)", "timeout"),
                    ("no-such-host.invalid", "unreachable"),
                ] {
                    let delivery = try await deliver(
                        .webhook(
                            url: "http://\(host)/", secret: try secret("hush", in: directory)),
                        in: directory, policy: policy, within: .milliseconds(10))
                    #expect(delivery.state == .waiting)
                    #expect(delivery.failure == reason)
                    try FileManager.default.removeItem(atPath: "\(directory)/outbox")
                }
            }
        }
    }

    @Test("A certificate is verified against the configured authorities")
    func certificates() async throws {
        try await Fixture.withDirectory { directory in
            let (file, key) = ("\(directory)/certificate.pem", "\(directory)/key.pem")
            let isMade = try Fixture.run(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-days", "2", "-subj", "/CN=a test", "-keyout", key, "-out", file,
                    "-addext", "subjectAltName=DNS:localhost",
                ])
            #expect(isMade)
            let tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(file).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
            let receiver = Receiver()
            try await receiver.serve(tls: tls) { port in
                let kind = Destination.Kind.webhook(
                    url: "https://localhost:\(port)/", secret: try secret("hush", in: directory))
                var policy = Self.policy
                policy.firstWait = .seconds(60)
                let stranger = try await deliver(
                    kind, in: directory, policy: policy, within: .milliseconds(10))
                #expect(stranger.failure == "certificate not trusted")
                try FileManager.default.removeItem(atPath: "\(directory)/outbox")
                let friend = try await deliver(kind, in: directory, authorities: file)
                #expect(friend.state == .delivered)
            }
            #expect(receiver.got.count == 1)
        }
    }
}

import Foundation
import History
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite("Who may do what in the console")
struct AccessTests {
    @Test("Reading is free on loopback, and nothing else is")
    func anonymous() async throws {
        let evidence = try EvidenceFixture()
        let console = ConsoleFixture()
        console.deeds.withLock { $0.running = ["d"] }
        try await console.serve(evidence) { client async throws in
            #expect(try await client.get("/api/v1/drills").status == 200)
            #expect(try await client.post("/drills/d/stop").status == 401)
            #expect(try await client.post("/api/v1/drills/d/stop").status == 401)
            #expect(try await client.post("/api/v1/playbooks/p/run").status == 401)
            #expect(try await client.send("PUT", "/api/v1/playbooks/p", [:], "x").status == 401)
        }
        #expect(console.deeds.withLock { $0.stopped + $0.started } == [])
    }

    @Test("A private console shows nothing but the way in")
    func isPrivate() async throws {
        let evidence = try EvidenceFixture()
        let console = ConsoleFixture()
        var configuration = console.configuration(evidence.place)
        configuration.isPrivate = true
        let view = try evidence.history.addToken(name: "v", scope: .view, now: 0)
        try await console.serve(evidence, configuration) { client async throws in
            let page = try await client.get("/drills?x=1")
            #expect(page.status == 303)
            #expect(page.headers["location"] == "/login?to=%2Fdrills%3Fx%3D1")
            #expect(try await client.get("/api/v1/drills").status == 401)
            #expect(try await client.get("/metrics").status == 401)
            #expect(try await client.get("/events").status == 303)
            #expect(try await client.get("/login").status == 200)
            let bearer = ["Authorization": "Bearer \(view)"]
            #expect(try await client.get("/api/v1/drills", bearer).status == 200)
            #expect(try await client.get("/metrics", bearer).status == 200)
        }
    }

    @Test("A token does what its scope says")
    func scopes() async throws {
        let evidence = try EvidenceFixture()
        let console = ConsoleFixture()
        console.deeds.withLock { $0.running = ["d"] }
        let tokens = try AccessToken.Scope.allCases.map {
            try evidence.history.addToken(name: $0.rawValue, scope: $0, now: 0)
        }
        let directory = evidence.root + "/playbooks"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        var configuration = console.configuration(evidence.place)
        configuration.playbookDirectory = directory
        try await console.serve(evidence, configuration) { client async throws in
            let headers = tokens.map { ["Authorization": "Bearer \($0)"] }
            let keep = "/api/v1/playbooks/my-book"
            #expect(try await client.post("/api/v1/drills/d/stop", "", headers[0]).status == 403)
            #expect(try await client.post("/api/v1/drills/d/stop", "", headers[1]).status == 200)
            #expect(try await client.post("/api/v1/drills/d/stop", "", headers[1]).status == 409)
            #expect(try await client.send("PUT", keep, headers[1], "text").status == 403)
            #expect(try await client.send("PUT", keep, headers[2], "?").status == 422)
            #expect(try await client.send("PUT", keep, headers[2], "text").status == 200)
            #expect(try await client.send("PUT", keep, headers[2], "text").status == 409)
            #expect(
                try await client.send("PUT", keep + "?replace=true", headers[2], "other").status
                    == 200)
            let outside = "/api/v1/playbooks/..%2Fx"
            #expect(try await client.send("PUT", outside, headers[2], "text").status == 422)
            #expect(try await client.post("\(outside)/run", "", headers[1]).status == 404)
            #expect(console.deeds.withLock(\.started).isEmpty)
            #expect(try await client.post("\(keep)/run", "", headers[1]).status == 202)
        }
        #expect(console.deeds.withLock(\.started) == [directory + "/my-book.yaml"])
        #expect(console.deeds.withLock(\.stopped) == ["d"])
        #expect(
            FileManager.default.contents(atPath: directory + "/my-book.yaml") == Data("other".utf8))
    }

    @Test("A form counts only with the key of its own page, and a session ends with its token")
    func forms() async throws {
        let evidence = try EvidenceFixture()
        let drill = try evidence.addDrill(hour: 47, outcome: nil)
        _ = try evidence.importAll()
        let console = ConsoleFixture()
        console.deeds.withLock { $0.running = [drill] }
        let secret = try evidence.history.addToken(name: "me", scope: .run, now: 0)
        try await console.serve(evidence) { client async throws in
            let login = try await client.post("/login", "token=\(secret)&to=%2Fdrills")
            #expect(login.status == 303)
            #expect(login.headers["location"] == "/drills")
            let set = try #require(login.headers["set-cookie"])
            #expect(set.contains("HttpOnly") && set.contains("SameSite=Strict"))
            #expect(!set.contains(secret))
            let cookie = ["Cookie": try #require(login.cookie)]
            let page = try await client.get("/", cookie)
            let key = try #require(page.body.firstMatch(of: /name="key" value="([0-9a-f]{64})"/)?.1)
            let stop = "/drills/\(drill)/stop"
            #expect(try await client.post(stop, "", cookie).status == 403)
            #expect(try await client.post(stop, "key=0\(key.dropFirst())x", cookie).status == 403)
            #expect(try await client.post("/api/v1\(stop)", "", cookie).status == 403)
            #expect(console.deeds.withLock(\.stopped).isEmpty)
            #expect(try await client.post(stop, "key=\(key)", cookie).status == 303)
            #expect(console.deeds.withLock(\.stopped) == [drill])
            #expect(try evidence.history.revokeToken("me"))
            #expect(try await client.post(stop, "key=\(key)", cookie).status == 401)
        }
    }

    @Test("Whoever tries tokens has to wait, even with a right one")
    func attempts() async throws {
        let evidence = try EvidenceFixture()
        let secret = try evidence.history.addToken(name: "me", scope: .run, now: 0)
        try await ConsoleFixture().serve(evidence) { client async throws in
            for _ in 0..<AttemptLimiter.allowed {
                let answer = try await client.get("/api/v1/drills", ["Authorization": "Bearer no"])
                #expect(answer.status == 401)
            }
            let answer = try await client.get(
                "/api/v1/drills", ["Authorization": "Bearer \(secret)"])
            #expect(answer.status == 429)
            #expect(answer.headers["retry-after"] == "60")
            #expect(try await client.post("/login", "token=\(secret)").status == 429)
            #expect(try await client.get("/api/v1/drills").status == 200)
        }
    }

    @Test("A name that a stranger leads here is refused")
    func hosts() async throws {
        try await ConsoleFixture().serve(try EvidenceFixture()) { client async throws in
            #expect(try await client.get("/", ["Host": "evil.example"]).status == 421)
            #expect(try await client.get("/", ["Host": "localhost:1"]).status == 200)
        }
    }

    @Test("An address waits after some wrong tokens, for a while, and memory stays bounded")
    func limiter() {
        var limiter = AttemptLimiter()
        for time in 0..<Int64(AttemptLimiter.allowed) {
            #expect(limiter.wait("a", now: time) == nil)
            limiter.fail("a", now: time)
        }
        #expect(limiter.wait("a", now: 10) == 60)
        #expect(limiter.wait("b", now: 10) == nil)
        #expect(limiter.wait("a", now: AttemptLimiter.period + 4) == nil)
        for index in 0..<(2 * AttemptLimiter.addresses) { limiter.fail("x\(index)", now: 20) }
        limiter.succeed("a")
        #expect(limiter.wait("a", now: 10) == nil)
    }

    @Test(
        "Fields of a form are decoded",
        arguments: [
            ("a=1&b=2", ["a": "1", "b": "2"]), ("a=x+y%26%C3%A4", ["a": "x y&ä"]),
            ("a=1&a=2", ["a": "1"]), ("a", ["a": ""]), ("a=%zz", ["a": ""]), ("", [:]),
        ])
    func fields(text: String, fields: [String: String]) {
        #expect(FormText.fields(text) == fields)
        for value in fields.values {
            #expect(FormText.decode(FormText.encode(value)) == value)
        }
    }
}

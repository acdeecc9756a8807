import Foundation
import History
import Synchronization
import TestSupport
import Testing
import Web

@Suite("The console's schedules")
struct ScheduleTests {
    private let site: ScheduleConsole

    init() throws { site = try ScheduleConsole() }

    private func bearer(_ scope: AccessToken.Scope) throws -> [String: String] {
        let token = try site.evidence.history.addToken(name: scope.rawValue, scope: scope, now: 0)
        return ["Authorization": "Bearer \(token)"]
    }

    @Test("are read without a token, run and paused with one, and kept and removed by an admin")
    func scopes() async throws {
        let (run, admin) = (try bearer(.run), try bearer(.admin))
        try await site.serve { client async throws in
            let list = try await client.get("/api/v1/schedules")
            #expect(list.status == 200)
            #expect(list.body.contains("nightly") && list.body.contains("cron 30 2 * * * UTC"))
            let nightly = "/api/v1/schedules/nightly"
            #expect(try await client.post(nightly + "/pause").status == 401)
            #expect(try await client.post(nightly + "/pause", "", run).status == 200)
            #expect(try await client.post(nightly + "/run", "", run).status == 200)
            #expect(try await client.send("DELETE", nightly, run, "").status == 403)
            #expect(try await client.send("DELETE", nightly, admin, "").status == 200)
            #expect(
                try await client.post("/api/v1/schedules/other/resume", "", run).status == 404)
            let new = "/api/v1/schedules/new"
            #expect(
                try await client.send("PUT", new, run, "\(site.playbooks)/p.yaml").status == 403)
            #expect(
                try await client.send("PUT", new, admin, "\(site.playbooks)/p.yaml").status == 200)
            #expect(try await client.send("PUT", nightly, admin, "x").status == 409)
        }
        #expect(
            site.schedules.changes.withLock { $0 }
                == ["pause nightly", "run nightly", "remove nightly", "keep new"])
    }

    @Test(
        "name only playbooks of the configured directory",
        arguments: ["/etc/p.yaml", "p.yaml", "other.yaml", "../playbooks/p.yaml", "?"])
    func playbookElsewhere(path: String) async throws {
        let admin = try bearer(.admin)
        try await site.serve { client async throws in
            let answer = try await client.send("PUT", "/api/v1/schedules/new", admin, path)
            #expect(answer.status == 422)
        }
        #expect(site.schedules.changes.withLock { $0 } == [])
    }

    @Test("begin no drill while they are frozen, with a reason that the calendar shows")
    func freeze() async throws {
        let run = try bearer(.run)
        try await site.serve { client async throws in
            let freeze = "/api/v1/freeze"
            let full = "\(freeze)?until=2026-12-01&reason=release%20week"
            #expect(try await client.send("PUT", full, [:], "").status == 401)
            #expect(try await client.send("PUT", freeze, run, "").status == 400)
            #expect(
                try await client.send("PUT", freeze + "?until=2001-01-01&reason=x", run, "").status
                    == 422)
            #expect(try await client.send("PUT", full, run, "").status == 200)
            let text = "frozen until 2026-12-01: release week"
            #expect(try await client.get(freeze).body.contains(text))
            #expect(try await client.get("/calendar").body.contains(text))
            #expect(try await client.send("DELETE", freeze, run, "").status == 200)
            #expect(try await !client.get("/calendar").body.contains(text))
        }
    }

    @Test("have buttons on the calendar for who is logged in, which need the page's key")
    func page() async throws {
        let secret = try site.evidence.history.addToken(name: "me", scope: .admin, now: 0)
        try await site.serve { client async throws in
            let anonymous = try await client.get("/calendar")
            #expect(anonymous.body.contains("nightly") && !anonymous.body.contains("/pause"))
            let login = try await client.post("/login", "token=\(secret)&to=%2Fcalendar")
            let cookie = ["Cookie": try #require(login.cookie)]
            let page = try await client.get("/calendar", cookie)
            let key = try #require(page.body.firstMatch(of: /name="key" value="([0-9a-f]{64})"/)?.1)
            #expect(page.body.contains("/schedules/nightly/edit"))
            let one = try await client.get("/schedules/nightly", cookie).body
            #expect(one.contains("/schedules/nightly/remove"))
            // What a file declares is changed there.
            #expect(!page.body.contains("/schedules/filed/edit"))
            let filed = try await client.get("/schedules/filed", cookie).body
            #expect(!filed.contains("/schedules/filed/remove"))
            #expect(page.body.contains("/schedules/filed/run"))
            let pause = "/schedules/nightly/pause"
            #expect(try await client.post(pause, "", cookie).status == 403)
            let done = try await client.post(pause, "key=\(key)", cookie)
            #expect(done.status == 303)
            #expect(done.headers["location"] == "/calendar?message=nightly%3A%20pause")
            #expect(try await client.post("/freeze", "reason=x", cookie).status == 403)
            let frozen = try await client.post("/freeze", "key=\(key)&reason=release", cookie)
            #expect(frozen.status == 303)
            #expect(
                try await client.get("/calendar", cookie).body.contains("it is lifted: release"))
            #expect(try await client.post("/thaw", "key=\(key)", cookie).status == 303)
            #expect(site.schedules.order.withLock { $0 } == nil)
        }
        #expect(site.schedules.changes.withLock { $0 } == ["pause nightly"])
    }

    @Test("are nobody's affair where the service runs none")
    func without() async throws {
        let admin = try bearer(.admin)
        try await ConsoleFixture().serve(site.evidence) { client async throws in
            #expect(try await client.get("/api/v1/schedules").status == 409)
            #expect(
                try await client.send("DELETE", "/api/v1/schedules/a", admin, "").status == 409)
            #expect(try await client.get("/calendar").status == 200)
        }
    }
}

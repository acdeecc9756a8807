import Foundation
import History
import Synchronization
import TestSupport
import Testing
import Web

@Suite("The form of schedules")
struct ScheduleFormTests {
    private let site: ScheduleConsole

    init() throws { site = try ScheduleConsole() }

    /// Serves with schedules, to somebody who has logged in with a token of a scope.
    private func serve(
        _ scope: AccessToken.Scope,
        _ body: (ConsoleClient, _ cookie: [String: String], _ key: String) async throws -> Void
    ) async throws {
        let secret = try site.evidence.history.addToken(
            name: scope.rawValue, scope: scope, now: 0)
        try await site.serve { client async throws in
            let login = try await client.post("/login", "token=\(secret)")
            let cookie = ["Cookie": try #require(login.cookie)]
            let page = try await client.get("/calendar", cookie).body
            let key = try #require(page.firstMatch(of: /name="key" value="([0-9a-f]{64})"/)?.1)
            try await body(client, cookie, String(key))
        }
    }

    @Test("A preview keeps nothing, and shows what was filled in with the next runs")
    func preview() async throws {
        try await serve(.admin) { client, cookie, key async throws in
            let fields = "key=\(key)&do=preview&playbook=p&name=new&cron=%40daily&jitter=10+min"
            let page = try await client.post("/schedules", fields, cookie)
            #expect(page.status == 200)
            #expect(page.body.contains("day 2 Europe/Berlin"))
            #expect(page.body.contains("value=\"@daily\""))
            #expect(page.body.contains("<option value=\"p\" selected=\"selected\">"))
        }
        #expect(site.schedules.kept.withLock { $0 == nil })
    }

    @Test("What is wrong stands beside its field, and nothing is kept")
    func problems() async throws {
        try await serve(.admin) { client, cookie, key async throws in
            let fields = "key=\(key)&do=keep&playbook=..%2Fp&name=new&cron=61+*+*+*+*"
            let page = try await client.post("/schedules", fields, cookie)
            #expect(page.status == 422)
            #expect(page.body.contains("aria-describedby=\"cron-help cron-problem\""))
            #expect(page.body.contains("61 is no &lt;minute&gt;."))
            #expect(page.body.contains("id=\"playbook-problem\""))
            #expect(page.body.contains("href=\"#field-cron\""))
        }
        #expect(site.schedules.kept.withLock { $0 == nil })
    }

    @Test("A schedule is added and changed; its page tells what came of it")
    func keep() async throws {
        try await serve(.admin) { client, cookie, key async throws in
            let fields = "key=\(key)&do=keep&playbook=p&name=new&every=6h&hours=a%0D%0A%20b%0D%0A"
            let added = try await client.post("/schedules", fields, cookie)
            #expect(added.status == 303)
            #expect(added.headers["location"] == "/schedules/new?message=new%20is%20kept.")
            let new = try #require(site.schedules.kept.withLock { $0 })
            #expect(new.replaced == nil && new.draft[.every] == "6h")
            #expect(new.draft.lines(.hours) == ["a", "b"])

            let form = try await client.get("/schedules/nightly/edit", cookie)
            #expect(form.status == 200)
            #expect(form.body.contains("MON-FRI 09:00-17:00\nSAT 10:00-12:00</textarea>"))
            #expect(form.body.contains("<option value=\"queue\" selected=\"selected\">"))
            #expect(form.body.contains("readonly"))
            let change = "key=\(key)&do=keep&playbook=p&name=other&cron=%40hourly"
            let changed = try await client.post("/schedules/nightly", change, cookie)
            #expect(changed.headers["location"]?.hasPrefix("/schedules/nightly?") == true)
            #expect(site.schedules.kept.withLock { $0?.replaced } == "nightly")

            let page = try await client.get("/schedules/nightly").body
            #expect(page.contains("day 9 Europe/Berlin") && page.contains("/drills/d-1"))
            #expect(page.contains("an incident is open") && page.contains("Failed"))
            #expect(try await client.get("/schedules/unknown").status == 404)
            #expect(try await client.get("/schedules/unknown/edit", cookie).status == 404)
            #expect(try await client.get("/schedules/filed/edit", cookie).status == 409)
            let document = try await client.get("/api/v1/schedules/nightly?count=2").body
            #expect(document.contains("day 1 Europe") && !document.contains("day 2 Europe"))
        }
    }

    @Test("It needs a login, the scope admin, and the page's key")
    func access() async throws {
        try await serve(.run) { client, cookie, key async throws in
            let anonymous = try await client.get("/schedules/new?playbook=p")
            #expect(anonymous.status == 303)
            #expect(
                anonymous.headers["location"] == "/login?to=%2Fschedules%2Fnew%3Fplaybook%3Dp")
            #expect(try await client.get("/schedules/new", cookie).status == 403)
            #expect(try await client.post("/schedules", "key=\(key)&do=keep", cookie).status == 403)
            #expect(try await client.post("/schedules", "do=keep&playbook=p").status == 401)
        }
        try await serve(.admin) { client, cookie, _ async throws in
            let forged = "key=\(String(repeating: "0", count: 64))&do=keep&playbook=p&name=n"
            #expect(try await client.post("/schedules", forged, cookie).status == 403)
            #expect(try await client.post("/schedules/nightly", forged, cookie).status == 403)
        }
        #expect(site.schedules.kept.withLock { $0 == nil })
    }
}

import Foundation
import FoundationXML
import History
import Records
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite("The console's pages")
struct PageTests {
    private static let hostile = #"<script>alert("1")</script> & 'more'"#

    /// Every page, over a history with a hostile title, and a drill that runs.
    private func pages() async throws -> [(path: String, answer: ConsoleClient.Answer)] {
        let evidence = try EvidenceFixture()
        let first = try evidence.addDrill(hour: 1, title: Self.hostile)
        let second = try evidence.addDrill(hour: 2, outcome: .failed, title: Self.hostile)
        let running = try evidence.addDrill(hour: 47, outcome: nil, title: Self.hostile)
        _ = try evidence.importAll()
        let console = ConsoleFixture()
        console.deeds.withLock { $0.running = [running] }
        var configuration = console.configuration(evidence.place)
        configuration.upcoming = {
            [
                UpcomingDrill(
                    schedule: Self.hostile, playbook: "primary-kill", at: ConsoleFixture.now)
            ]
        }
        let paths = [
            "/", "/drills", "/drills?text=alert&outcome=failed&days=7", "/drills/\(first)",
            "/drills/\(running)", "/playbooks", "/playbooks/primary-kill",
            "/playbooks/primary-kill?figure=recovery.time&message=%3Cb%3E", "/calendar", "/targets",
            "/targets/reference", "/compare?a=\(first)&b=\(second)",
            "/compare?drill=\(second)&drill=\(first)", "/login?to=//evil.example",
        ]
        return try await console.serve(evidence, configuration) { client async throws in
            var answers: [(String, ConsoleClient.Answer)] = []
            for path in paths { answers.append((path, try await client.get(path))) }
            return answers
        }
    }

    @Test("Every page is there, is well-formed, and lets no text become markup")
    func wellFormed() async throws {
        for (path, answer) in try await pages() {
            #expect(answer.status == 200, "\(path)")
            let parser = XMLParser(data: Data(answer.body.utf8))
            #expect(parser.parse(), "\(path): \(String(describing: parser.parserError))")
            #expect(!answer.body.contains("<script>"), "\(path)")
            #expect(!answer.body.contains("evil.example"), "\(path)")
            #expect(
                answer.headers["content-security-policy"]?.contains("default-src 'none'") == true)
            #expect(answer.body.contains("name=\"viewport\""), "\(path)")
        }
    }

    @Test("The first page has the drill that runs, and no button for who may not stop it")
    func live() async throws {
        let pages = try await pages()
        let body = try #require(pages.first?.answer.body)
        #expect(body.contains("data-drill=\"20261102T230000Z-primary-kill-abc047\""))
        #expect(body.contains("Log in to stop it"))
        #expect(!body.contains("class=\"stop\""))
    }

    @Test("A drill's page is its report under the console's bar, and may run nothing")
    func report() async throws {
        let evidence = try EvidenceFixture()
        let drill = try evidence.addDrill(hour: 1)
        try Data(
            "<html><head></head>\n<body>\n<p>The report</p><script>alert(1)</script></body></html>"
                .utf8
        ).write(to: URL(filePath: evidence.directory(drill) + "/report.html"))
        _ = try evidence.importAll()
        try await ConsoleFixture().serve(evidence) { client async throws in
            let page = try await client.get("/drills/\(drill)")
            #expect(page.status == 200)
            #expect(page.body.contains("<p>The report</p>"))
            #expect(page.body.contains("aria-label=\"Console\""))
            let policy = try #require(page.headers["content-security-policy"])
            #expect(policy.contains("default-src 'none'") && !policy.contains("script-src"))
            #expect(try await client.get("/drills/\(drill)/verdict.json").status == 200)
            #expect(try await client.get("/drills/\(drill)/header.json").status == 404)
            #expect(try await client.get("/drills/\(drill)/..%2Fverdict.json").status == 404)
            #expect(try await client.get("/drills/nothing").status == 404)
        }
    }

    @Test("What a browser is sent of running drills is one event of whole lines")
    func event() {
        #expect(LiveRoutes.event("a\nb") == "event: live\ndata: a\ndata: b\n\n")
        #expect(LiveRoutes.event(nil) == ": still here\n\n")
    }
}

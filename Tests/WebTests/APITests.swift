import Foundation
import History
import Hummingbird
import Logging
import Records
import TestSupport
import Testing

@testable import Web

@Suite("The console's API")
struct APITests {
    private typealias Object = [String: Any]

    private func object(_ answer: ConsoleClient.Answer) throws -> Object {
        try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? Object)
    }

    @Test("The OpenAPI document names every route of the API, and no other")
    func document() async throws {
        let evidence = try EvidenceFixture()
        let console = Console(
            configuration: ConsoleFixture().configuration(evidence.place),
            history: evidence.history, logger: Logger(label: "test"))
        let routes = ConsoleServer.router(console).routes.filter {
            $0.path.description.hasPrefix("/api/v1/")
                && !$0.path.description.hasSuffix("openapi.json")
        }.map { "\($0.method.rawValue.lowercased()) \($0.path)" }
        let document = try #require(
            try JSONSerialization.jsonObject(
                with: Data(try OpenAPI.document(APIRoutes.all, readingNeedsToken: false).utf8))
                as? Object)
        let paths = try #require(document["paths"] as? [String: Object])
        let documented = paths.flatMap { path, operations in
            operations.keys.map { "\($0) \(path)" }
        }
        #expect(Set(routes) == Set(documented))
        #expect(routes.count == documented.count)
        #expect(Set(APIRoutes.all.map(\.name)).count == APIRoutes.all.count)
        for (path, operations) in paths {
            for operation in operations.values {
                let parameters = (operation as? Object)?["parameters"] as? [Object] ?? []
                let inPath = parameters.filter { $0["in"] as? String == "path" }
                #expect(inPath.count == path.count { $0 == "{" })
            }
        }
    }

    @Test("Drills, trends, scores and comparisons are given out as JSON")
    func reading() async throws {
        let evidence = try EvidenceFixture()
        let drills = try (0..<5).map {
            try evidence.addDrill(
                hour: $0, outcome: $0 == 4 ? .failed : .passed, failover: Double($0))
        }
        _ = try evidence.importAll()
        try await ConsoleFixture().serve(evidence) { client async throws in
            let list = try object(await client.get("/api/v1/drills?limit=2&offset=1"))
            #expect(list["count"] as? Int == 5)
            let names = (list["drills"] as? [Object])?.map { $0["identifier"] as? String }
            #expect(names == [drills[3], drills[2]])
            let failed = try object(await client.get("/api/v1/drills?outcome=not-passed"))
            #expect(failed["count"] as? Int == 1)
            let one = try object(await client.get("/api/v1/drills/\(drills[0])"))
            #expect((one["drill"] as? Object)?["seed"] as? String == "18446744073709551615")
            #expect((one["figures"] as? [Object])?.isEmpty == false)
            let trend = try object(
                await client.get("/api/v1/playbooks/primary-kill/trend?figure=failover.time"))
            #expect(
                (trend["points"] as? [Object])?.map { $0["value"] as? Double } == [0, 1, 2, 3, 4])
            #expect(try await client.get("/api/v1/playbooks/primary-kill/trend").status == 400)
            let comparison = try object(
                await client.get("/api/v1/compare?a=\(drills[0])&b=\(drills[4])"))
            #expect((comparison["checks"] as? [Object])?.first?["change"] as? String == "worse")
            let missing = try await client.get("/api/v1/drills/none")
            #expect(missing.status == 404)
            #expect(missing.headers["content-type"] == "application/problem+json")
            #expect(try object(missing)["status"] as? Int == 404)
            let playbooks = try await client.get("/api/v1/playbooks")
            #expect(playbooks.body.contains("\"score\""))
            #expect(try await client.get("/api/v1/running").body == "[]")
            #expect(try await client.get("/api/v1/upcoming").body == "[]")
            let check = try await client.post("/api/v1/playbooks/x/validate", "?")
            #expect(try object(check)["problems"] as? [String] == ["line 1: nothing is there"])
        }
    }

    @Test("Metrics are in Prometheus's format, and count what is there")
    func metrics() async throws {
        let evidence = try EvidenceFixture()
        for hour in 0..<3 { try evidence.addDrill(hour: hour) }
        try evidence.addDrill(hour: 3, outcome: .failed)
        _ = try evidence.importAll()
        try await ConsoleFixture().serve(evidence) { client async throws in
            let text = try await client.get("/metrics").body
            #expect(text.contains("firedrill_drills_total{outcome=\"passed\"} 3\n"))
            #expect(text.contains("firedrill_drills_total{outcome=\"failed\"} 1\n"))
            #expect(text.contains("firedrill_last_drill_passed{playbook=\"primary-kill\"} 0\n"))
            #expect(text.contains("firedrill_last_drill_residue{playbook=\"primary-kill\"} 0\n"))
            let line = /^(# (HELP|TYPE) .+|[a-z_]+(\{[a-z]+="[^"]*"\})? -?[0-9.e+-]+)$/
            for each in text.split(separator: "\n") {
                #expect(each.wholeMatch(of: line) != nil, "\(each)")
            }
        }
    }

    @Test(
        "What its description does not allow is refused as the description says",
        arguments: [
            ("GET", "/api/v1/drills?limit=many", 400), ("GET", "/api/v1/drills?limit=0", 400),
            ("GET", "/api/v1/drills?days=x", 400),
            ("GET", "/api/v1/playbooks/p/trend?figure=", 400),
            ("TRACE", "/api/v1/drills", 405), ("POST", "/api/v1/drills/d", 405),
            ("POST", "/api/v1/nothing", 404), ("POST", "/api/v1/playbooks/p/validate", 400),
        ])
    func refusals(method: String, path: String, status: Int) async throws {
        let evidence = try EvidenceFixture()
        try await ConsoleFixture().serve(evidence) { client async throws in
            let answer = try await client.send(method, path, [:], "")
            #expect(answer.status == status)
            #expect(answer.headers["content-type"] == "application/problem+json")
            if status == 405 { #expect(answer.headers["allow"] == "GET") }
        }
    }
}

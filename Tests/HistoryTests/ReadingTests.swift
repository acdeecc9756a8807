import History
import Records
import TestSupport
import Testing

@Suite("Reading the history")
struct ReadingTests {
    @Test(
        "A filter lets through what it says",
        arguments: [
            (DrillFilter(), [4, 3, 2, 1, 0]), (DrillFilter(playbook: "disk-full"), [3]),
            (DrillFilter(target: "redis"), [3]), (DrillFilter(tag: "failover"), [4, 2, 1, 0]),
            (DrillFilter(tag: "fail"), []), (DrillFilter(ending: .notPassed), [2, 1]),
            (DrillFilter(ending: .outcome(.aborted)), [2]),
            (DrillFilter(ending: DrillFilter.Ending.none), [4]),
            (DrillFilter(text: "disk"), [3]), (DrillFilter(text: "100%"), []),
            (DrillFilter(since: 1_793_498_400_000_000_000), [4, 3, 2]),
            (DrillFilter(before: 1_793_498_400_000_000_000), [1, 0]),
        ])
    func filters(filter: DrillFilter, hours: [Int]) throws {
        let fixture = try EvidenceFixture()
        let identifiers = [
            try fixture.addDrill(hour: 0), try fixture.addDrill(hour: 1, outcome: .failed),
            try fixture.addDrill(hour: 2, outcome: .aborted),
            try fixture.addDrill("disk-full", hour: 3, target: "redis", tags: ["disk"]),
            try fixture.addDrill(hour: 4, outcome: nil),
        ]
        _ = try fixture.importAll()
        let found = try fixture.history.drills(filter, limit: 10).map(\.identifier)
        #expect(found == hours.map { identifiers[$0] })
        #expect(try fixture.history.count(filter) == hours.count)
    }

    @Test("Pages of drills neither overlap nor leave one out")
    func pages() throws {
        let fixture = try EvidenceFixture()
        for hour in 0..<7 { try fixture.addDrill(hour: hour) }
        _ = try fixture.importAll()
        let pages = try [0, 3, 6].flatMap { try fixture.history.drills(limit: 3, offset: $0) }
        #expect(pages == (try fixture.history.drills(limit: 10)))
        #expect(Set(pages.map(\.identifier)).count == 7)
    }

    @Test("A trend holds one figure of one playbook, oldest first")
    func trend() throws {
        let fixture = try EvidenceFixture()
        for hour in 0..<5 { try fixture.addDrill(hour: hour, failover: Double(hour + 1) * 1e9) }
        try fixture.addDrill("disk-full", hour: 9, failover: 99e9)
        _ = try fixture.importAll()
        let trend = try fixture.history.trend(playbook: "primary-kill", figure: "failover.time")
        #expect(trend.points.map(\.value) == [1e9, 2e9, 3e9, 4e9, 5e9])
        #expect(trend.points.allSatisfy { $0.limit == 5e9 })
        #expect(trend.unit == .nanoseconds)
        #expect(trend.median == 3e9)
        let newest = try fixture.history.trend(
            playbook: "primary-kill", figure: "failover.time", limit: 2)
        #expect(newest.points.map(\.value) == [4e9, 5e9])
        #expect(try fixture.history.playbooks() == ["disk-full", "primary-kill"])
        let names = try fixture.history.figures(ofPlaybook: "disk-full").map(\.name)
        #expect(names.contains("failover.time") && names.contains("enqueue.p99.worst"))
    }

    @Test("A drill is found by its beginning, its end, and as the latest")
    func finding() throws {
        let fixture = try EvidenceFixture()
        let first = try fixture.addDrill(hour: 1)
        let second = try fixture.addDrill(hour: 2)
        _ = try fixture.importAll()
        #expect(try fixture.history.find("latest").entry.identifier == second)
        #expect(try fixture.history.find("abc001").entry.identifier == first)
        #expect(try fixture.history.find("20261101T02").entry.identifier == second)
        #expect(throws: HistoryError.self) { try fixture.history.find("20261101") }
        #expect(throws: HistoryError.self) { try fixture.history.find("nothing") }
    }
}

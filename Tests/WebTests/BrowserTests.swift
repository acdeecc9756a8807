import Dispatch
import Foundation
import History
import Records
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite("The console in a browser", .serialized)
struct BrowserTests {
    /// Runs `body`, which blocks, beside the console's own threads.
    private func browse(
        _ client: ConsoleClient, _ body: @escaping @Sendable (BrowserSession, String) throws -> Void
    ) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async {
                done.resume(
                    with: Result {
                        let browser = try BrowserSession()
                        defer { browser.close() }
                        try body(browser, "http://127.0.0.1:\(client.port)")
                    })
            }
        }
    }

    private func history() throws -> (EvidenceFixture, running: String) {
        let evidence = try EvidenceFixture()
        for hour in 0..<30 {
            try evidence.addDrill(
                hour: hour, outcome: hour % 7 == 3 ? .failed : .passed,
                failover: 1e9 + Double(hour % 5) * 4e8)
        }
        try evidence.addDrill("disk-full", hour: 31, outcome: .aborted, target: "redis")
        let running = try evidence.addDrill(hour: 47, outcome: nil)
        try evidence.addLoad(running, seconds: 40)
        _ = try evidence.importAll()
        return (evidence, running)
    }

    @Test("One clicks from page to page, logs in, sees a drill run, and stops it")
    func clicks() async throws {
        let (evidence, running) = try history()
        let console = ConsoleFixture()
        console.deeds.withLock { $0.running = [running] }
        let secret = try evidence.history.addToken(name: "me", scope: .run, now: 0)
        try await console.serve(evidence) { client async throws in
            try await browse(client) { browser, root in
                try browser.setScreen(width: 1280, isDark: false)
                try browser.open(root + "/")
                try browser.pressTab()
                #expect(
                    try browser.evaluate("document.activeElement.className") as? String == "skip")
                try Self.seeLiveUpdate(browser, evidence, running)
                try browser.follow("document.querySelector('nav a[href=\"/drills\"]').click()")
                #expect(try browser.evaluate("location.pathname") as? String == "/drills")
                try browser.follow(
                    "document.querySelector('[name=outcome]').value = 'failed';"
                        + "document.querySelector('form.filter button').click()")
                #expect(
                    try browser.evaluate("document.querySelectorAll('tbody tr').length") as? Int
                        == 4)
                try browser.follow(
                    "document.querySelectorAll('[name=drill]').forEach((box, i) => box.checked = i < 2);"
                        + "document.querySelector('form[action=\"/compare\"] button').click()")
                #expect(try browser.evaluate("location.pathname") as? String == "/compare")
                try browser.follow("document.querySelector('td a[href^=\"/playbooks/\"]').click()")
                #expect(
                    try browser.evaluate("document.querySelectorAll('.trend.wide a').length")
                        as? Int == 30)
                try browser.follow("document.querySelector('.who a').click()")
                try browser.follow(
                    "document.querySelector('[name=token]').value = '\(secret)';"
                        + "document.querySelector('main button').click()")
                #expect(try browser.evaluate("location.pathname") as? String == "/")
                try browser.follow("document.querySelector('button.stop').click()")
                #expect(console.deeds.withLock(\.stopped) == [running])
                try browser.wait("document.querySelector('.running') === null")
            }
        }
    }

    @Test("One adds a schedule by its form: mended where it is wrong, previewed, and kept")
    func schedules() async throws {
        let (evidence, _) = try history()
        let (console, schedules) = (ConsoleFixture(), FakeSchedules())
        var configuration = console.configuration(evidence.place)
        configuration.schedules = schedules.control
        configuration.playbookDirectory = evidence.root + "/playbooks"
        try FileManager.default.createDirectory(
            atPath: evidence.root + "/playbooks", withIntermediateDirectories: true)
        try "x".write(
            toFile: evidence.root + "/playbooks/p.yaml", atomically: true, encoding: .utf8)
        let secret = try evidence.history.addToken(name: "me", scope: .admin, now: 0)
        try await console.serve(evidence, configuration) { client async throws in
            try await browse(client) { browser, root in
                try browser.setScreen(width: 390, isDark: false)
                try browser.open(root + "/schedules/new")
                try browser.follow(
                    "document.querySelector('[name=token]').value = '\(secret)';"
                        + "document.querySelector('main button').click()")
                #expect(try browser.evaluate("location.pathname") as? String == "/schedules/new")
                let fill = { (name: String, value: String) in
                    "document.querySelector('[name=\(name)]').value = '\(value)';"
                }
                let press = { (button: String) in
                    "document.querySelector('[value=\(button)]').click()"
                }
                try browser.follow(fill("cron", "61 * * * *") + press("keep"))
                #expect(
                    try browser.evaluate(
                        "document.querySelector('#field-cron').getAttribute('aria-invalid')")
                        as? String == "true")
                #expect(
                    try browser.evaluate("document.documentElement.scrollWidth") as? Int == 390)
                try Self.keep(browser, "form-wrong-390-light")
                try browser.follow(
                    fill("playbook", "p") + fill("cron", "30 2 * * *") + fill("name", "nightly")
                        + press("preview"))
                #expect(
                    try browser.evaluate("document.querySelectorAll('#preview tbody tr').length")
                        as? Int == 3)
                try browser.setScreen(width: 1280, isDark: true)
                try Self.keep(browser, "form-preview-1280-dark")
                try browser.follow(press("keep"))
                #expect(
                    try browser.evaluate("location.pathname") as? String == "/schedules/nightly")
                #expect(schedules.kept.withLock { $0?.draft[.cron] } == "30 2 * * *")
                try Self.keep(browser, "schedule-1280-dark")
                try browser.follow(
                    "document.querySelector('form[action=\"/schedules/nightly/pause\"] button').click()"
                )
                #expect(schedules.changes.withLock { $0 } == ["pause nightly"])
                try browser.setScreen(width: 390, isDark: true)
                try Self.keep(browser, "calendar-admin-390-dark")
            }
        }
    }

    /// More load must show without the page being loaded again.
    private static func seeLiveUpdate(
        _ browser: BrowserSession, _ evidence: EvidenceFixture, _ running: String
    ) throws {
        let number = "document.querySelector('.live-figures b').textContent"
        try browser.wait("\(number) === '4,000'")
        _ = try browser.evaluate("window.wasHere = true")
        try evidence.addLoad(running, seconds: 10, from: 40)
        try browser.wait("\(number) === '5,000' && window.wasHere === true")
    }

    @Test("No page needs sideways scrolling", arguments: [1280, 390])
    func fits(width: Int) async throws {
        let (evidence, running) = try history()
        let console = ConsoleFixture()
        console.deeds.withLock { $0.running = [running] }
        var configuration = console.configuration(evidence.place)
        configuration.upcoming = {
            [UpcomingDrill(schedule: "nightly", playbook: "primary-kill", at: ConsoleFixture.now)]
        }
        let drills = try evidence.history.drills(limit: 3).map(\.identifier)
        let pages = [
            ("now", "/"), ("history", "/drills"), ("drill", "/drills/\(drills[2])"),
            ("playbooks", "/playbooks"), ("playbook", "/playbooks/primary-kill"),
            ("compare", "/compare?a=\(drills[2])&b=\(drills[1])"), ("calendar", "/calendar"),
            ("target", "/targets/reference"), ("login", "/login"),
        ]
        try await console.serve(evidence, configuration) { client async throws in
            try await browse(client) { browser, root in
                for (index, page) in pages.enumerated() {
                    let isDark = index.isMultiple(of: 2)
                    try browser.setScreen(width: width, isDark: isDark)
                    try browser.open(root + page.1)
                    #expect(
                        try browser.evaluate("document.documentElement.scrollWidth") as? Int
                            == width,
                        "\(page.0)")
                    try Self.keep(browser, "\(page.0)-\(width)-\(isDark ? "dark" : "light")")
                }
            }
        }
    }

    /// Keeps a picture where `FIREDRILL_SCREENSHOTS` says, for people to look at.
    private static func keep(_ browser: BrowserSession, _ name: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["FIREDRILL_SCREENSHOTS"] else {
            return
        }
        try browser.screenshot().write(to: URL(filePath: "\(folder)/\(name).png"))
    }
}

import Foundation
import Records
import Reports
import Testing

@Suite("The page in a browser", .serialized)
struct BrowserTests {
    @Test("it prints on four pages of A4 or fewer", arguments: [DrillCase.passed, .failed])
    func prints(drill: DrillCase) async throws {
        let pages = try await Browser.withFolder { folder in
            let page = folder.appendingPathComponent("report.html")
            try Data(HTMLReport.render(drill.evidence).utf8).write(to: page)
            let target = folder.appendingPathComponent("report.pdf")
            _ = try await Browser.run(
                ["--no-pdf-header-footer", "--print-to-pdf=\(target.path)"], page: page)
            let text = String(decoding: try Data(contentsOf: target), as: UTF8.self)
            return text.matches(of: /\/Type\s*\/Page[^s]/).count
        }
        #expect(pages >= 1)
        #expect(pages <= 4)
    }

    @Test("it needs no sideways scrolling", arguments: [1280, 768, 390])
    func fits(width: Int) async throws {
        let output = try await Browser.withFolder { folder in
            try Data(HTMLReport.render(SyntheticDrill.failed()).utf8)
                .write(to: folder.appendingPathComponent("report.html"))
            // A window is never narrower than 500 pixels; a frame is.
            let frame = """
                <iframe id="frame" src="report.html" style="width:\(width)px;height:900px;border:0"
                onload="document.title = 'width ' +
                  document.getElementById('frame').contentDocument.documentElement.scrollWidth">
                </iframe>
                """
            let page = folder.appendingPathComponent("frame.html")
            try Data(frame.utf8).write(to: page)
            return try await Browser.run(
                ["--allow-file-access-from-files", "--window-size=1400,1000", "--dump-dom"],
                page: page)
        }
        #expect(output.contains("<title>width \(width)</title>"), "\(output.prefix(300))")
    }
}

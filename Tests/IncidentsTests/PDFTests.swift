import Foundation
import Testing

@testable import Incidents

@Suite("The report as PDF", .timeLimit(.minutes(3)))
struct PDFTests {
    @Test("Chromium prints a page, and twice the same bytes")
    func chromium() async throws {
        let printer = try PDFPrinter()
        let html = "<!doctype html><title>A drill</title><h1>It failed</h1>"
        let first = try await printer.print(html: html, time: Fixture.start)
        let second = try await printer.print(html: html, time: Fixture.start)
        #expect(first.starts(with: Array("%PDF-".utf8)))
        #expect(first == second)
        #expect(first.contains(Array("20261121".utf8)))
    }

    @Test("Without a program that prints, a sentence says which to install")
    func none() async throws {
        try await Fixture.withDirectory { directory in
            let error = #expect(throws: IncidentError.self) { try PDFPrinter(path: directory) }
            #expect("\(error as Any)".contains("apt-get install chromium"))
        }
    }

    @Test(
        "A program that fails, hangs or writes nothing is named",
        arguments: [
            ("exit 3", 60, "ended with exit 3"), ("exit 0", 60, "report.pdf"),
            ("exec sleep 60", 1, "longer than"),
        ])
    func failures(script: String, seconds: Int, reason: String) async throws {
        try await Fixture.withDirectory { directory in
            let program = "\(directory)/weasyprint"
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: program))
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: program)
            let printer = try PDFPrinter(path: directory)
            #expect(printer.style == .weasyprint)
            let error = await #expect(throws: IncidentError.self) {
                try await printer.print(html: "", time: 0, atMost: .seconds(seconds))
            }
            #expect("\(error as Any)".contains(reason))
        }
    }

    @Test("WeasyPrint, which gives drawings none of a page's styles, is given them inside")
    func drawings() async throws {
        try await Fixture.withDirectory { directory in
            let program = "\(directory)/weasyprint"
            try Data("#!/bin/sh\n(echo %PDF-; cat $1) > $2\n".utf8)
                .write(to: URL(filePath: program))
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: program)
            let printer = try PDFPrinter(path: directory)
            let html = "<svg class=\"chart\"><path class=\"p50\"/></svg><svg class=\"none\"/>x"
            let bytes = try await printer.print(html: html, time: 0)
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.contains("<svg class=\"chart\"><style>"))
            #expect(text.contains(".p50 { stroke: #6d48c7;") && !text.contains("var("))
            #expect(text.hasSuffix("</style><path class=\"p50\"/></svg><svg class=\"none\"/>x"))
        }
    }

    @Test("The document's times are replaced digit for digit, and nothing else is")
    func stamps() {
        let text = "x /CreationDate (D:20301231235959+00'00') /ModDate (D:2030) (D:20301231235959)"
        let stamped = PDFPrinter.stamped(Array(text.utf8), time: 0)
        #expect(
            String(decoding: stamped, as: UTF8.self)
                == "x /CreationDate (D:19700101000000+00'00') /ModDate (D:2030) (D:20301231235959)")
    }
}

import Foundation
import Testing

@Suite("The sources")
struct TidyTests {
    /// `#filePath` is Tests/DrillsTests/Tidy/TidyTests.swift.
    private static let checkout = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func sources() throws -> [(path: String, text: SourceText)] {
        try ["Sources", "Tests"].flatMap { folder in
            let root = Self.checkout.appending(path: folder).path
            return try FileManager.default.subpathsOfDirectory(atPath: root)
                .filter { $0.hasSuffix(".swift") }
                .map { path in
                    let bytes = try Data(contentsOf: URL(filePath: "\(root)/\(path)"))
                    return ("\(folder)/\(path)", SourceText(String(decoding: bytes, as: UTF8.self)))
                }
        }
    }

    @Test("have at most 500 lines a file, and fewer than 60 a function")
    func sizes() throws {
        let sources = try sources()
        #expect(sources.contains { $0.path == "Sources/Drills/DrillMachine.swift" })
        let functions = sources.reduce(0) { $0 + $1.text.functions.count }
        #expect(functions > 1_000, "the scan finds too few functions to say anything")
        let long = sources.flatMap { path, text in
            (text.lines > 500 ? ["\(path) has \(text.lines) lines"] : [])
                + text.functions.filter { $0.length >= 60 }.map {
                    "\(path):\($0.line) has a function of \($0.length) lines"
                }
        }
        #expect(long == [])
    }

    @Test("are scanned for functions of every form")
    func scan() {
        let text = """
            protocol Sample {
                func requirement() -> Int
                init(first: Int)
            }
            struct Thing {
                var value: Int { 1 }
                func short() -> Int { 2 }

                @MainActor public static func long(
                    argument: Int
                ) -> Int {
                    func inner() {
                        print(argument)
                    }

                    return argument
                }
                init?(text: String)
                {
                    return nil
                }
            }

            """
        let functions = SourceText(text).functions
        #expect(functions.map(\.line) == [9, 12, 18])
        #expect(functions.map(\.length) == [9, 3, 4])
        #expect(SourceText(text).lines == 22)
    }
}

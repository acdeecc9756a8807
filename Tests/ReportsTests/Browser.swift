import Foundation
import Testing

/// Debian's Chromium without a window, for what only a browser can tell.
enum Browser {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let executable = "/usr/bin/chromium"

    /// Runs the browser on `page` in a folder of its own; returns what it printed.
    ///
    /// Throws when there is no browser, and when it takes longer than a minute.
    static func run(_ options: [String], page: URL) async throws -> String {
        guard FileManager.default.isExecutableFile(atPath: executable) else {
            throw Failure(description: "\(executable) is missing: apt-get install chromium")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        let profile = page.deletingLastPathComponent().appendingPathComponent("profile").path
        process.arguments =
            ["-k", "5", "60", executable] + options + [
                "--headless", "--hide-scrollbars", "--no-sandbox", "--disable-gpu",
                "--no-first-run",
                "--user-data-dir=\(profile)", page.absoluteString,
            ]
        let output = page.deletingLastPathComponent().appendingPathComponent("output")
        try Data().write(to: output)
        let handle = try FileHandle(forWritingTo: output)
        process.standardOutput = handle
        process.standardError = FileHandle.nullDevice
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { process in
                if process.terminationStatus == 0 {
                    done.resume()
                } else {
                    let status = process.terminationStatus
                    done.resume(throwing: Failure(description: "chromium ended with \(status)"))
                }
            }
            do { try process.run() } catch { done.resume(throwing: error) }
        }
        try handle.close()
        return String(decoding: try Data(contentsOf: output), as: UTF8.self)
    }

    /// Gives `body` a folder that is gone afterwards.
    static func withFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("firedrill-report-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }
}

import FoundationEssentials
import Glibc
import Kernel
import Reports

/// Prints a report as PDF with a program that the host has: Chromium, or WeasyPrint.
public struct PDFPrinter: Sendable {
    /// How the program is told what to print.
    enum Style: Equatable { case chromium, weasyprint }

    /// The programs in the order of preference; a browser prints the report's charts best.
    static let candidates: [(name: String, style: Style)] = [
        ("chromium", .chromium), ("chromium-browser", .chromium), ("google-chrome", .chromium),
        ("google-chrome-stable", .chromium), ("weasyprint", .weasyprint),
    ]
    /// The most bytes of a PDF.
    private static let limit = 256 << 20

    let executable: String
    let style: Style

    init(executable: String, style: Style) {
        self.executable = executable
        self.style = style
    }

    /// Looks for a program in the directories of `path`, as a shell does.
    public init(
        path: String = "/usr/local/bin:/usr/bin:/bin:/snap/bin"
    ) throws(IncidentError) {
        for (name, style) in Self.candidates {
            for directory in path.split(separator: ":") where !directory.isEmpty {
                let executable = "\(directory)/\(name)"
                guard access(executable, X_OK) == 0 else { continue }
                self.init(executable: executable, style: style)
                return
            }
        }
        throw IncidentError(
            "print the report as PDF", reason: "neither Chromium nor WeasyPrint is installed",
            remedy: "apt-get install chromium, or weasyprint")
    }

    /// The PDF of a page that needs no network, within a bound; its stamps are `time`.
    ///
    /// - Parameter time: nanoseconds since 1970; what the file says of when it was made, so that the
    ///   same report is the same file.
    public func print(
        html: String, time: Int64, atMost bound: Duration = .seconds(60)
    ) async throws(IncidentError) -> [UInt8] {
        let folder = try Self.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (page, output) = ("\(folder)/report.html", "\(folder)/report.pdf")
        do {
            let html = style == .weasyprint ? Stylesheet.withStyledDrawings(html) : html
            try Data(html.utf8).write(to: URL(filePath: page))
            try await run(page: page, output: output, folder: folder, atMost: bound)
            let file = try Descriptor.open(output, flags: O_RDONLY)
            let bytes = try file.readAll(limit: Self.limit)
            guard bytes.starts(with: Array("%PDF-".utf8)) else {
                throw IncidentError(
                    "print the report as PDF", reason: "\(executable) wrote no PDF")
            }
            return Self.stamped(bytes, time: time)
        } catch let error as IncidentError {
            throw error
        } catch {
            throw IncidentError("print the report as PDF", reason: "\(error)")
        }
    }

    private func run(
        page: String, output: String, folder: String, atMost bound: Duration
    ) async throws {
        let command = BoundedCommand(
            executable: executable, arguments: arguments(page, output, folder),
            environment: [
                "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=\(folder)", "LANG=C.UTF-8", "TZ=UTC",
            ])
        let reason: String
        switch await command.run(atMost: bound) {
        case .ended(.exited(0), _): return
        case .ended(let status, _): reason = "\(executable) ended with \(status)"
        case .timedOut: reason = "\(executable) took longer than \(bound.components.seconds) s"
        case .cancelled: reason = "it was cancelled"
        case .notStarted(let why): reason = why
        }
        throw IncidentError("print the report as PDF", reason: reason)
    }

    private func arguments(_ page: String, _ output: String, _ folder: String) -> [String] {
        switch style {
        case .weasyprint: return [page, output]
        case .chromium:
            // Chromium refuses root its sandbox; the page is ours, and everything in it escaped.
            let sandbox = geteuid() == 0 ? ["--no-sandbox"] : []
            return sandbox + [
                "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions",
                "--disable-background-networking", "--disable-dev-shm-usage",
                "--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir=\(folder)/profile",
                "--no-pdf-header-footer", "--print-to-pdf=\(output)", "file://\(page)",
            ]
        }
    }

    private static var temporaryDirectory: String {
        getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    }

    private static func makeFolder() throws(IncidentError) -> String {
        let ending = String(repeating: "X", count: 6)  // what mkdtemp(3) replaces
        var template = Array("\(Self.temporaryDirectory)/firedrill-pdf-\(ending)".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw IncidentError(
                "print the report as PDF",
                reason: "no directory for it: \(String(cString: strerror(errno)))")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Replaces the times in the document's information by `time`, digit for digit.
    static func stamped(_ bytes: [UInt8], time: Int64) -> [UInt8] {
        var result = bytes
        let digits = Array(UniversalTime.compact(time).utf8)
        for name in ["/CreationDate (D:", "/ModDate (D:"] {
            let mark = Array(name.utf8)
            var start = 0
            while let found = result[start...].firstRange(of: mark) {
                start = found.upperBound
                let end = start + digits.count
                guard end <= result.count, result[start..<end].allSatisfy({ 0x30...0x39 ~= $0 })
                else { continue }
                result.replaceSubrange(start..<end, with: digits)
            }
        }
        return result
    }
}

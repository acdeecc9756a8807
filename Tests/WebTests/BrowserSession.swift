import Dispatch
import Foundation
import Glibc
import Kernel

/// Debian's Chromium without a window, driven over the pipe of its DevTools protocol.
///
/// https://chromedevtools.github.io/devtools-protocol/; messages are JSON that ends with a zero byte.
/// Every call blocks its thread, for half a minute at most.
final class BrowserSession {
    typealias Object = [String: Any]

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let executable = "/usr/bin/chromium"
    private static let patience = 30.0

    private let browser: ChildProcess
    private let input: FileHandle
    private let output: FileHandle
    private let profile: URL
    private var session: String?
    private var number = 0
    private var buffer: [UInt8] = []

    init() throws {
        guard FileManager.default.isExecutableFile(atPath: Self.executable) else {
            throw Failure(description: "\(Self.executable) is missing: apt-get install chromium")
        }
        profile = FileManager.default.temporaryDirectory
            .appendingPathComponent("firedrill-browser-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: profile, withIntermediateDirectories: true)
        let (orders, answers) = (Pipe(), Pipe())
        (input, output) = (orders.fileHandleForWriting, answers.fileHandleForReading)
        let null = try Descriptor.open("/dev/null", flags: O_WRONLY)
        browser = try ChildProcess.spawn(
            ChildProcess.Options(
                executable: Self.executable,
                arguments: [
                    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                    "--hide-scrollbars", "--disable-dev-shm-usage", "--remote-debugging-pipe",
                    "--user-data-dir=\(profile.path)", "about:blank",
                ],
                environment: ["HOME=\(profile.path)", "PATH=/usr/bin:/bin", "LANG=C.UTF-8"],
                standardOutput: null.number, standardError: null.number,
                inheritedDescriptors: [
                    3: orders.fileHandleForReading.fileDescriptor,
                    4: answers.fileHandleForWriting.fileDescriptor,
                ]))
        try orders.fileHandleForReading.close()
        try answers.fileHandleForWriting.close()
        let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"] as? String
        session =
            try call("Target.attachToTarget", ["targetId": target ?? "", "flatten": true])[
                "sessionId"] as? String
        _ = try call("Page.enable")
    }

    /// Ends the browser and removes what it kept.
    func close() {
        // Asked to close, it ends its other processes before itself.
        _ = try? call("Browser.close")
        if !hasEnded(within: 10) {
            try? browser.signal(SIGKILL)
            _ = hasEnded(within: 10)
        }
        try? input.close()
        try? output.close()
        // What is written while it is removed is removed the next time.
        for _ in 0..<1000 where FileManager.default.fileExists(atPath: profile.path) {
            try? FileManager.default.removeItem(at: profile)
        }
    }

    private func hasEnded(within seconds: Double) -> Bool {
        let ended = DispatchSemaphore(value: 0)
        let waiting = Task { [browser] in
            _ = await browser.wait()
            ended.signal()
        }
        defer { waiting.cancel() }
        return ended.wait(timeout: .now() + seconds) == .success
    }

    /// Shows pages at a width, light or dark.
    func setScreen(width: Int, isDark: Bool) throws {
        _ = try call(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false])
        _ = try call(
            "Emulation.setEmulatedMedia",
            [
                "features": [
                    ["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]
                ]
            ])
    }

    /// Loads a page and waits until it is there.
    func open(_ url: String) throws {
        _ = try evaluate("window.isOld = true")
        _ = try call("Page.navigate", ["url": url])
        try waitForPage()
    }

    /// Does something that loads another page, and waits until that is there.
    func follow(_ script: String) throws {
        _ = try evaluate("window.isOld = true; \(script); true")
        try waitForPage()
    }

    private func waitForPage() throws {
        try wait("window.isOld === undefined && document.readyState === 'complete'")
    }

    /// Waits until an expression is true.
    func wait(_ expression: String) throws {
        let end = Date(timeIntervalSinceNow: Self.patience)
        while Date() < end {
            // The page itself lets a moment pass between two looks; in mid-load it cannot be asked.
            let look = "new Promise(done => setTimeout(() => done(\(expression)), 30))"
            if let value = try? evaluate(look), value as? Bool == true { return }
        }
        let place = (try? evaluate("location.href") as? String) ?? "nowhere"
        throw Failure(description: "\(expression) was not seen at \(place)")
    }

    /// The value of an expression in the page.
    func evaluate(_ expression: String) throws -> Any? {
        let answer = try call(
            "Runtime.evaluate",
            ["expression": expression, "returnByValue": true, "awaitPromise": true])
        if let exception = answer["exceptionDetails"] as? Object {
            throw Failure(description: "\(expression): \(exception["text"] ?? "")")
        }
        return (answer["result"] as? Object)?["value"]
    }

    /// Presses the tabulator key.
    func pressTab() throws {
        for type in ["keyDown", "keyUp"] {
            _ = try call(
                "Input.dispatchKeyEvent",
                ["type": type, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9])
        }
    }

    /// What the whole page looks like, as PNG.
    func screenshot() throws -> Data {
        let answer = try call(
            "Page.captureScreenshot", ["format": "png", "captureBeyondViewport": true])
        guard let text = answer["data"] as? String, let data = Data(base64Encoded: text) else {
            throw Failure(description: "no picture")
        }
        return data
    }

    private func call(_ method: String, _ parameters: Object = [:]) throws -> Object {
        number += 1
        var message: Object = ["id": number, "method": method, "params": parameters]
        if let session { message["sessionId"] = session }
        var bytes = try JSONSerialization.data(withJSONObject: message)
        bytes.append(0)
        try input.write(contentsOf: bytes)
        let end = Date(timeIntervalSinceNow: Self.patience)
        while true {
            let answer = try receive(until: end)
            // Everything else is an event that nobody asked for.
            guard answer["id"] as? Int == number else { continue }
            if let error = answer["error"] as? Object {
                throw Failure(description: "\(method): \(error["message"] ?? "")")
            }
            return answer["result"] as? Object ?? [:]
        }
    }

    private func receive(until end: Date) throws -> Object {
        while true {
            if let zero = buffer.firstIndex(of: 0) {
                let message = Data(buffer[..<zero])
                buffer.removeSubrange(...zero)
                return try JSONSerialization.jsonObject(with: message) as? Object ?? [:]
            }
            var request = pollfd(fd: output.fileDescriptor, events: Int16(POLLIN), revents: 0)
            let left = Int32(max(0, end.timeIntervalSinceNow * 1000))
            guard poll(&request, 1, left) > 0 else {
                throw Failure(description: "the browser does not answer")
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(output.fileDescriptor, &chunk, chunk.count)
            guard count > 0 else { throw Failure(description: "the browser has ended") }
            buffer += chunk[..<count]
        }
    }
}

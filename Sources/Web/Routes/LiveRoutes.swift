import Hummingbird
import Logging
import NIOCore
import Records
import Reports
import ServiceLifecycle
import Synchronization

/// What changes while one looks, as server-sent events.
///
/// https://html.spec.whatwg.org/multipage/server-sent-events.html
struct LiveRoutes {
    /// The most browsers that are kept up to date at once.
    static let limit = 100

    let console: Console
    private let listeners = Listeners()

    init(console: Console) {
        self.console = console
    }

    private final class Listeners: Sendable {
        let count = Mutex(0)
    }

    func add(to router: Router<ConsoleContext>) {
        router.get("/events") { _, context in
            let access = context.access
            return Response(
                status: .ok,
                headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
                body: .init { writer in try await send(to: &writer, access) })
        }
    }

    /// Sends the board each time that it has changed, and a sign of life every 15 s.
    private func send(to writer: inout any ResponseBodyWriter, _ access: Access) async throws {
        let isWelcome = listeners.count.withLock { count in
            guard count < Self.limit else { return false }
            count += 1
            return true
        }
        guard isWelcome else { return try await writer.finish(nil) }
        defer { listeners.count.withLock { $0 -= 1 } }
        var last = ""
        var silence = 0
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let text = LivePage.board(console.board.drills(), access, now: console.now).text
            if text != last || silence >= 15 {
                try await writer.write(ByteBuffer(string: Self.event(text == last ? nil : text)))
                (last, silence) = (text, 0)
            }
            silence += 1
            try? await Task.sleep(for: .seconds(1))
        }
        try await writer.finish(nil)
    }

    /// An event of the board, or a comment that only keeps the connection open.
    static func event(_ text: String?) -> String {
        guard let text else { return ": still here\n\n" }
        let lines = text.split(separator: "\n").map { "data: \($0)\n" }
        return "event: live\n" + lines.joined() + "\n"
    }
}

import NIOCore
import NIOPosix
import Synchronization

/// Ports of 127.0.0.1.
enum LoopbackPort {
    /// Ports that were handed out: none is handed out again while this process lives.
    private static let given = Mutex<Set<Int>>([])

    /// Picks a port that nobody listens on now and that no outgoing connection will be given.
    ///
    /// A node keeps its port while it is dead. A port of the range from which the kernel takes those
    /// of outgoing connections (ip(7), `ip_local_port_range`) could be gone when the node comes
    /// back, so the port is below it. Another server may still take it before ours is started:
    /// whoever starts one must be ready to try another port.
    static func pick() async throws -> Int {
        let candidates = candidates(ephemeral: ephemeralRange())
        for _ in 0..<64 {
            // Not the drill's seed: what a port is called changes nothing, and two drills with the
            // same seed must not want the same ones.
            let port = Int.random(in: candidates)
            guard given.withLock({ $0.insert(port).inserted }), await isFree(port) else { continue }
            return port
        }
        throw SystemError(
            attempt: "pick a port of 127.0.0.1",
            reason: "64 ports between \(candidates.lowerBound) and \(candidates.upperBound) were "
                + "all in use")
    }

    /// Where to look for ports beside those of outgoing connections.
    static func candidates(ephemeral: ClosedRange<Int>?) -> ClosedRange<Int> {
        let registered = 10_000...32_767
        guard let ephemeral else { return registered }
        if ephemeral.lowerBound > 12_000 {
            return 10_000...(ephemeral.lowerBound - 1)
        }
        if ephemeral.upperBound < 63_000 { return (ephemeral.upperBound + 1)...65_535 }
        // Nothing is left beside them: take one of theirs and be ready to try again.
        return registered
    }

    private static func ephemeralRange() -> ClosedRange<Int>? {
        // Unreadable (no /proc): the default of Linux is assumed.
        let text = (try? SmallText.read("/proc/sys/net/ipv4/ip_local_port_range", last: 64)) ?? ""
        let bounds = text.split { $0 == "\t" || $0 == " " || $0 == "\n" }.compactMap { Int($0) }
        guard bounds.count == 2, bounds[0] <= bounds[1] else { return nil }
        return bounds[0]...bounds[1]
    }

    private static func isFree(_ port: Int) async -> Bool {
        do {
            let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: "127.0.0.1", port: port).get()
            try await listener.close().get()
            return true
        } catch {
            // In use, or forbidden: either way another one is tried.
            return false
        }
    }
}

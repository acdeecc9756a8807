import Dispatch
import Kernel
import NIOCore
import NIOPosix
import Playbooks
import Synchronization

/// A host and its addresses: a name is looked up anew for every question.
///
/// A lookup can neither be cancelled nor bounded, so it has a thread of its own, and whoever waits
/// for it stops in time. One runs at a time: a question that comes meanwhile waits for the same one.
public final class HostLookup: Sendable {
    /// Why there is no address.
    public enum Failure: String, Error, Equatable {
        case notResolved = "name not resolved"
        case timeout = "name lookup timeout"
        case cancelled = "cancelled"
    }

    public typealias Answer = Result<[String], Failure>
    /// Looks a name up; may block.
    public typealias Resolver = @Sendable (String) -> Answer

    private struct State {
        var isRunning = false
        var next = 0
        var waiting: [Int: EventLoopPromise<Answer>] = [:]
    }

    /// The most addresses of one name that are tried.
    public static let maximumAddresses = 4

    private let host: String
    private let isAddress: Bool
    private let resolver: Resolver
    private let state = Mutex(State())

    /// Nil when `host` is neither an IP address nor a name (RFC 1123, section 2.1).
    public init?(_ host: String, resolver: @escaping Resolver = HostLookup.system) {
        // Not looked up: ::1 may come first, and the services of a drill listen on IPv4.
        self.host = host == "localhost" ? "127.0.0.1" : host
        isAddress = Self.isAddress(self.host)
        guard isAddress || Self.isName(host) else { return nil }
        self.resolver = resolver
    }

    /// The host's addresses, within a bound.
    public func addresses(within limit: Duration) async -> Answer {
        guard !isAddress else { return .success([host]) }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: Answer.self)
        let timer = loop.scheduleTask(in: .nanoseconds(limit.nanoseconds)) {
            promise.succeed(.failure(.timeout))
        }
        let number = wait(promise)
        let answer = await withTaskCancellationHandler {
            try? await promise.futureResult.get()
        } onCancel: {
            promise.succeed(.failure(.cancelled))
        }
        timer.cancel()
        state.withLock { $0.waiting[number] = nil }
        return answer ?? .failure(.cancelled)
    }

    private func wait(_ promise: EventLoopPromise<Answer>) -> Int {
        let (number, starts) = state.withLock { state in
            let number = state.next
            state.next += 1
            state.waiting[number] = promise
            defer { state.isRunning = true }
            return (number, !state.isRunning)
        }
        if starts {
            DispatchQueue(label: "firedrill.lookup").async { [self] in finish(resolver(host)) }
        }
        return number
    }

    private func finish(_ answer: Answer) {
        let waiting = state.withLock { state in
            state.isRunning = false
            defer { state.waiting = [:] }
            return state.waiting.values.map(\.self)
        }
        for promise in waiting { promise.succeed(answer) }
    }

    /// Asks the host's own resolver; blocks.
    public static let system: Resolver = { name in
        let addresses = (try? NameResolution.addresses(of: name))?.filter(isAddress) ?? []
        return addresses.isEmpty ? .failure(.notResolved) : .success(addresses)
    }

    private static func isAddress(_ host: String) -> Bool {
        (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }

    /// A last label of digits alone would be a mistyped address.
    private static func isName(_ host: String) -> Bool {
        let labels = (host.hasSuffix(".") ? host.dropLast() : host[...])
            .split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, let last = labels.last, !last.utf8.allSatisfy(isDigit) else {
            return false
        }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { byte in
                    isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

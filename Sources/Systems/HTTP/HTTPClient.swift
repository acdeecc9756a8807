public import NIOCore
public import Playbooks
import Synchronization

/// A small HTTP/1.1 client for services on this host: kept connections, hard bounds, no hidden
/// retry.
///
/// It tells apart what a ledger needs to know: a request of which no byte was sent certainly did
/// not happen, every other one without an answer may have happened. All connections to one address
/// live on one event loop, so that a request takes no lock and two hops.
public final class HTTPClient: Sendable {
    private struct Address: Hashable {
        var host: String
        var port: Int
        /// The name that the server's certificate must bear; nil without TLS.
        var name: String?
    }

    private struct State {
        var pools: [Address: ExchangePool<HTTPWire>] = [:]
        var isClosed = false
    }

    /// The most addresses that one client talks to.
    public static let maximumAddresses = 256

    private let group: any EventLoopGroup
    private let limits: ExchangeLimits
    private let security: TransportSecurity?
    private let state = Mutex(State())

    /// Makes a client whose connections live on the loops of `group`.
    ///
    /// - Parameters:
    ///   - maximumConnectionsPerHost: per address and port; further requests wait.
    ///   - maximumWaitingPerHost: further requests fail at once with `tooManyWaiting`.
    ///   - maximumAnswer: the bound on an answer's body; a larger one fails the request.
    ///   - maximumIdle: a connection that was idle for longer is not used again.
    ///   - security: how `https` URLs are asked; nil refuses them.
    public init(
        group: any EventLoopGroup, maximumConnectionsPerHost: Int = 64,
        maximumWaitingPerHost: Int = 4096, maximumAnswer: ByteCount = ByteCount(4 << 20),
        maximumIdle: Duration = .seconds(2), security: TransportSecurity? = nil
    ) {
        self.security = security
        self.group = group
        limits = ExchangeLimits(
            connections: max(1, maximumConnectionsPerHost), waiting: max(0, maximumWaitingPerHost),
            answer: Int(maximumAnswer.bytes), idle: .nanoseconds(maximumIdle.nanoseconds))
    }

    /// Sends one request and returns its answer, by `deadline` from now at the latest.
    ///
    /// The deadline covers the wait for a connection, the connecting, and the whole answer. When
    /// the task is cancelled, the request ends with `cancelled` at once.
    public func send(_ request: HTTPRequest, deadline: Duration) async
        -> Result<HTTPAnswer, ExchangeFailure>
    {
        if let fault = request.fault {
            return .failure(ExchangeFailure(.notSent, .invalidRequest, detail: fault))
        }
        switch pool(for: request) {
        case .success(let pool): return await pool.send(request, deadline: deadline)
        case .failure(let failure): return .failure(failure)
        }
    }

    /// Sends one request to a URL; see ``send(_:deadline:)``.
    public func send(
        _ method: String, _ url: String, fields: [HTTPField] = [], body: [UInt8] = [],
        deadline: Duration
    ) async -> Result<HTTPAnswer, ExchangeFailure> {
        guard let request = HTTPRequest(method, url: url, fields: fields, body: body) else {
            return .failure(
                ExchangeFailure(
                    .notSent, .invalidRequest, detail: "'\(url)' is no http or https URL"))
        }
        return await send(request, deadline: deadline)
    }

    /// Closes every connection and returns when they are gone; later requests fail as not sent.
    public func close() async {
        let pools = state.withLock { state in
            state.isClosed = true
            defer { state.pools = [:] }
            return Array(state.pools.values)
        }
        for pool in pools { await pool.close() }
    }

    private func pool(for request: HTTPRequest)
        -> Result<ExchangePool<HTTPWire>, ExchangeFailure>
    {
        let (host, port) = (request.host, request.port)
        let name = request.isSecure ? request.name ?? host : nil
        let address = Address(host: host, port: port, name: name)
        return state.withLock { state in
            if let pool = state.pools[address] { return .success(pool) }
            func failure(_ reason: ExchangeFailure.Reason, _ detail: String) -> ExchangeFailure {
                ExchangeFailure(.notSent, reason, detail: detail)
            }
            guard !state.isClosed else {
                return .failure(failure(.clientClosed, "the client has been closed"))
            }
            guard state.pools.count < Self.maximumAddresses else {
                return .failure(
                    failure(.tooManyWaiting, "\(Self.maximumAddresses) addresses are in use"))
            }
            let number = host == "localhost" ? "127.0.0.1" : host
            guard let socket = try? SocketAddress(ipAddress: number, port: port) else {
                return .failure(
                    failure(.invalidRequest, "'\(host)' is no IP address and not localhost"))
            }
            guard let prepare = preparation(name) else {
                return .failure(failure(.invalidRequest, "this client does not speak https"))
            }
            let pool = ExchangePool<HTTPWire>(
                address: socket, limits: limits, loop: group.next(), prepare: prepare)
            state.pools[address] = pool
            return .success(pool)
        }
    }

    /// What a connection gets before HTTP; nil when `name` asks for TLS and there is none.
    private func preparation(_ name: String?) -> ExchangePool<HTTPWire>.Preparation? {
        guard let name else { return { _ in } }
        guard let security else { return nil }
        // An address is no server name (RFC 6066, section 3): the peer's own address is compared.
        let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
        let server = isAddress ? nil : name
        return { try security.secure($0, name: server) }
    }
}

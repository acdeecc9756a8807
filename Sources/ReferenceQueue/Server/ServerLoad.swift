import Synchronization

/// What a server has to do at the moment, and how often it cut a client off.
final class ServerLoad: Sendable {
    /// Connections that are open.
    let connections = Atomic(0)
    /// Requests that are being handled.
    let requests = Atomic(0)
    /// Connections closed because a request did not arrive in time.
    let slowRequests = Atomic(0)
    /// Connections closed because an answer was not read in time.
    let slowReaders = Atomic(0)

    /// Counts a request for as long as it is handled.
    func handling<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        requests.add(1, ordering: .relaxed)
        defer { requests.subtract(1, ordering: .relaxed) }
        return try await body()
    }
}

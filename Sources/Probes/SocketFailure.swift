import Glibc

/// The words of connect(2)'s errors, as the HTTP client has them too.
enum SocketFailure {
    static let words: [Int32: String] = [
        ECONNREFUSED: "connection refused",
        ECONNRESET: "connection reset",
        EHOSTUNREACH: "unreachable",
        ENETUNREACH: "unreachable",
        ETIMEDOUT: "timeout",
    ]
}

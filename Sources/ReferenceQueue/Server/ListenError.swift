import Glibc
import NIOCore

/// A server could not listen at its address.
public struct ListenError: Error, CustomStringConvertible {
    public var host: String
    public var port: Int
    /// Why not, as the operating system says it.
    public var reason: String
    /// What a person can do about it; empty when nothing is known.
    public var remedy: String

    /// Makes sense of what a bind(2) failed with.
    init(host: String, port: Int, _ error: IOError) {
        self.host = host
        self.port = port
        reason = String(cString: strerror(error.errnoCode))
        remedy =
            switch error.errnoCode {
            case EADDRINUSE: "stop what listens there, or take another port (0 takes a free one)"
            case EADDRNOTAVAIL: "name an address of this host"
            case EACCES: "take a port from 1024 on, or run as root"
            default: ""
            }
    }

    public var description: String {
        "cannot listen on \(host):\(port): \(reason)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }

    /// Runs a server, and says where it could not listen when that is why it ended.
    static func explaining(
        host: String, port: Int, _ body: () async throws -> Void
    ) async throws {
        do {
            try await body()
        } catch let error as IOError {
            throw ListenError(host: host, port: port, error)
        }
    }
}

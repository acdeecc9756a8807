/// Why a request to a service has no answer, and whether the service may have seen it.
public struct ExchangeFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// How far the request can have come.
    public enum Delivery: String, Sendable {
        /// No byte of it was given to the kernel: it certainly did not happen.
        case notSent
        /// Some of it may have reached the service: it may or may not have happened.
        case unknown
    }

    /// What went wrong; the raw value is short and from a bounded set, fit for an attempt's answer.
    public enum Reason: String, Sendable, CaseIterable {
        case refused = "connection refused"
        case unreachable = "unreachable"
        case timeout = "timeout"
        case reset = "connection reset"
        case closed = "connection closed"
        case malformedAnswer = "malformed answer"
        /// Nobody whom the client trusts vouches for the service's certificate.
        case untrustedCertificate = "certificate not trusted"
        /// The certificate is that of another host.
        case foreignCertificate = "certificate of another host"
        case handshakeFailed = "TLS handshake failed"
        case answerTooLarge = "answer too large"
        /// Every connection was busy and as many requests waited as may.
        case tooManyWaiting = "too many waiting"
        case cancelled = "cancelled"
        case clientClosed = "client closed"
        case invalidRequest = "invalid request"
    }

    public var delivery: Delivery
    public var reason: Reason
    /// What was attempted, on what, and why it failed.
    public var detail: String

    public init(_ delivery: Delivery, _ reason: Reason, detail: String) {
        self.delivery = delivery
        self.reason = reason
        self.detail = detail
    }

    public var description: String { "\(reason.rawValue): \(detail)" }
}

import History
import Hummingbird

/// Why a request is refused; becomes a page or a document of RFC 9457, as whoever asks reads.
struct Problem: Error, Equatable {
    var status: HTTPResponse.Status
    var detail: String
    /// Seconds after which to try again.
    var retryAfter: Int?
    /// The methods that would do, where this one does not.
    var allowed: [String] = []

    init(_ status: HTTPResponse.Status, _ detail: String, retryAfter: Int? = nil) {
        self.status = status
        self.detail = detail
        self.retryAfter = retryAfter
    }

    static let unauthorized = Problem(
        .unauthorized, "A token is needed: `firedrill token add NAME --scope run` makes one.")

    static func forbidden(_ scope: AccessToken.Scope) -> Problem {
        Problem(.forbidden, "This needs a token of scope '\(scope.rawValue)'.")
    }

    static func notFound(_ detail: String) -> Problem { Problem(.notFound, detail) }

    static func badRequest(_ detail: String) -> Problem { Problem(.badRequest, detail) }
}

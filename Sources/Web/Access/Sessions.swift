import Crypto
import Synchronization

/// The browsers that have shown a token: each has a random name in a cookie, and nothing else.
final class Sessions: Sendable {
    private struct Session {
        var token: String
        var endsAt: Int64
    }

    /// How long a session lasts, in nanoseconds.
    static let length: Int64 = 12 * 3600 * 1_000_000_000
    /// The most sessions at a time; the one that ends first makes room.
    static let limit = 1000

    private let sessions = Mutex<[String: Session]>([:])
    /// Signs what forms carry; new with every start.
    private let key = SymmetricKey(size: .bits256)

    /// Begins a session for the bearer of a token, and returns its name.
    func begin(token: String, now: Int64) -> String {
        var generator = SystemRandomNumberGenerator()
        let name = (0..<4).map { _ in String(generator.next(), radix: 16) }.joined(separator: "-")
        sessions.withLock { sessions in
            sessions = sessions.filter { $0.value.endsAt > now }
            if sessions.count >= Self.limit,
                let first = sessions.min(by: { $0.value.endsAt < $1.value.endsAt })?.key
            {
                sessions[first] = nil
            }
            sessions[name] = Session(token: token, endsAt: now + Self.length)
        }
        return name
    }

    /// The token of a session; nil when it is over.
    func token(of name: String, now: Int64) -> String? {
        sessions.withLock { sessions in
            guard let session = sessions[name], session.endsAt > now else { return nil }
            return session.token
        }
    }

    /// Ends a session.
    func end(_ name: String) {
        sessions.withLock { $0[name] = nil }
    }

    /// What a form of a session's page carries, so that no other site's form is taken for it.
    func formKey(of name: String) -> String {
        HMAC<SHA256>.authenticationCode(for: Array(name.utf8), using: key)
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Whether a form carries what its session's page gave it; takes the same time either way.
    func isFormKey(_ value: String, of name: String) -> Bool {
        let (expected, given) = (Array(formKey(of: name).utf8), Array(value.utf8))
        guard expected.count == given.count else { return false }
        return zip(expected, given).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

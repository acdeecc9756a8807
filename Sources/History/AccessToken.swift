import Crypto

/// A key to the console, as it is kept: what was given out cannot be worked out from it.
public struct AccessToken: Sendable, Equatable {
    /// What a token allows; each allows what stands before it too.
    public enum Scope: String, Sendable, Codable, CaseIterable, Comparable {
        /// Reading.
        case view
        /// Starting and stopping drills.
        case run
        /// Pruning, and everything else.
        case admin

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

        public static func < (left: Scope, right: Scope) -> Bool { left.rank < right.rank }
    }

    public var name: String
    public var scope: Scope
    /// Nanoseconds since 1970.
    public var createdAt: Int64
    /// Nanoseconds since 1970; nil until it is used.
    public var usedAt: Int64?

    public init(name: String, scope: Scope, createdAt: Int64, usedAt: Int64? = nil) {
        self.name = name
        self.scope = scope
        self.createdAt = createdAt
        self.usedAt = usedAt
    }

    /// SHA-256 of a token: enough, for tokens are 256 random bits and no words that people choose.
    static func hash(_ secret: String) -> String {
        SHA256.hash(data: Array(secret.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            .joined()
    }
}

extension HistoryDatabase {
    /// Makes a token and returns it, the only time that anybody sees it.
    ///
    /// Throws when the name is taken or empty.
    public func addToken(
        name: String, scope: AccessToken.Scope, now: Int64
    ) throws -> String {
        guard DrillFiles.isIdentifier(name) else {
            throw HistoryError(
                "add the token", "'\(name)'", reason: "a name has letters, digits and ._- only")
        }
        var generator = SystemRandomNumberGenerator()
        let words = (0..<4).map { _ in String(generator.next(), radix: 16) }
        let secret =
            "fd_" + words.map { String(repeating: "0", count: 16 - $0.count) + $0 }.joined()
        try storage.write { database in
            guard try database.rows("SELECT 1 FROM token WHERE name = ?", [.text(name)]).isEmpty
            else {
                throw HistoryError(
                    "add the token", "'\(name)'", reason: "there is one of this name",
                    remedy: "revoke it first")
            }
            try database.rows(
                "INSERT INTO token VALUES (?, ?, ?, ?, NULL)",
                [
                    .text(name), .text(AccessToken.hash(secret)), .text(scope.rawValue),
                    .integer(now),
                ])
        }
        return secret
    }

    /// The token that a secret is; nil when there is none, or it was revoked.
    public func token(_ secret: String, now: Int64) throws -> AccessToken? {
        let hash = AccessToken.hash(secret)
        return try storage.write { database in
            guard
                let row = try database.rows("SELECT * FROM token WHERE hash = ?", [.text(hash)])
                    .first
            else { return nil }
            // Once a minute is often enough to know that it is still in use.
            if now - (row.integerIfAny("used") ?? .min / 2) > 60_000_000_000 {
                try database.rows(
                    "UPDATE token SET used = ? WHERE hash = ?", [.integer(now), .text(hash)])
            }
            return AccessToken(row)
        }
    }

    /// The token of a name; nil when there is none, or it was revoked.
    public func token(named name: String) throws -> AccessToken? {
        try tokens().first { $0.name == name }
    }

    /// Every token, in alphabetical order.
    public func tokens() throws -> [AccessToken] {
        try storage.read {
            try $0.rows("SELECT * FROM token ORDER BY name").compactMap(AccessToken.init)
        }
    }

    /// Takes a token out of use; false when there is none of this name.
    public func revokeToken(_ name: String) throws -> Bool {
        try storage.write { database in
            try !database.rows("DELETE FROM token WHERE name = ? RETURNING name", [.text(name)])
                .isEmpty
        }
    }
}

extension AccessToken {
    init?(_ row: HistoryRow) {
        guard let scope = Scope(rawValue: row.text("scope")) else { return nil }
        self.init(
            name: row.text("name"), scope: scope, createdAt: row.integer("created"),
            usedAt: row.integerIfAny("used"))
    }
}

/// Where the history is kept: a file, or a server.
///
/// Statements are in the words that both databases share; `?` stands for the next value, and `?1` for
/// the first.
protocol HistoryStorage: Sendable {
    /// Reads as of one moment.
    func read<Value>(_ body: (any HistoryConnection) throws -> Value) throws -> Value
    /// Reads and writes as one transaction: all of it takes effect, or none.
    func write<Value>(_ body: (any HistoryConnection) throws -> Value) throws -> Value
}

/// A connection to the history for the length of a transaction.
protocol HistoryConnection {
    /// How texts are compared without regard to upper and lower case: `column LIKE pattern`.
    var like: String { get }

    /// Runs a statement and returns its rows.
    @discardableResult
    func rows(_ sql: String, _ values: [HistoryValue]) throws -> [HistoryRow]
}

extension HistoryConnection {
    /// Runs a statement without values.
    func rows(_ sql: String) throws -> [HistoryRow] { try rows(sql, []) }
}

/// A value of a statement.
enum HistoryValue: Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)

    init(_ text: String?) { self = text.map(HistoryValue.text) ?? .null }

    /// A text without the character 0, which neither database can hold.
    static func storable(_ text: String) -> String {
        guard text.utf8.contains(0) else { return text }
        return String(text.map { $0 == "\0" ? "\u{FFFD}" : $0 })
    }

    init(_ number: Int64?) { self = number.map(HistoryValue.integer) ?? .null }
    init(_ number: Int) { self = .integer(Int64(number)) }
    init(_ number: Double?) { self = number.map(HistoryValue.real) ?? .null }
    /// Kept as 1 and 0 in both databases.
    init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
}

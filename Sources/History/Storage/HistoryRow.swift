import GRDB
import Postgres

/// A row of an answer of either database.
struct HistoryRow {
    private enum Source {
        case file(Row)
        case server(PostgresConnection.Row)
    }

    private let source: Source

    init(_ row: Row) { source = .file(row) }
    init(_ row: PostgresConnection.Row) { source = .server(row) }

    /// A text; empty for NULL, which columns of texts that must be there never are.
    func text(_ column: String) -> String { textIfAny(column) ?? "" }

    func textIfAny(_ column: String) -> String? {
        switch source {
        case .file(let row): row[column]
        case .server(let row): row[column]
        }
    }

    func integer(_ column: String) -> Int64 { integerIfAny(column) ?? 0 }

    func integerIfAny(_ column: String) -> Int64? {
        switch source {
        case .file(let row): row[column]
        case .server(let row): row[column].flatMap { Int64($0) }
        }
    }

    func count(_ column: String) -> Int { Int(integer(column)) }

    func real(_ column: String) -> Double { realIfAny(column) ?? 0 }

    func realIfAny(_ column: String) -> Double? {
        switch source {
        case .file(let row): row[column]
        case .server(let row): row[column].flatMap { Double($0) }
        }
    }

    func flag(_ column: String) -> Bool { integer(column) != 0 }
}

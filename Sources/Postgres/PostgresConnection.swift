import CPostgres

/// One connection to a PostgreSQL server, for one thread at a time; closed with its last reference.
///
/// Unchecked, for libpq's connections may change threads: whoever keeps one has a lock around it.
public final class PostgresConnection: @unchecked Sendable {
    /// One row of an answer, by the names of its columns.
    public struct Row: Sendable {
        let values: [String: String]

        /// A value as text; nil for NULL.
        public subscript(name: String) -> String? { values[name] }

        /// A whole number; throws when it is none.
        public func integer(_ name: String) throws -> Int64 {
            guard let value = values[name].flatMap({ Int64($0) }) else {
                throw PostgresError("read the column", name, reason: "it is no whole number")
            }
            return value
        }
    }

    private let connection: OpaquePointer

    /// Connects to a server by its URI; throws with the server's words.
    ///
    /// No error holds the address: libpq quotes what it cannot read of one, its password too.
    public init(_ address: String) throws {
        guard Self.isReadable(address) else {
            throw PostgresError(
                "connect to", "PostgreSQL", reason: "the address is no URI that libpq can read",
                remedy: "write postgresql://user:password@host:port/database, with % before the "
                    + "hexadecimal number of each special character")
        }
        let names = ["dbname", "connect_timeout", "tcp_user_timeout", "application_name"]
        let values = [address, "10", "20000", "firedrill"]
        let opened = Self.withPointers(names.map { Optional($0) }) { names in
            Self.withPointers(values.map { Optional($0) }) { values in
                PQconnectdbParams(names, values, 1)
            }
        }
        guard let opened else {
            throw PostgresError(
                "connect to", "PostgreSQL", reason: "there is no memory for it")
        }
        connection = opened
        guard PQstatus(opened) == CONNECTION_OK else {
            throw PostgresError(
                "connect to", "PostgreSQL", reason: Self.message(opened),
                remedy: "look at the address, and at the server's log")
        }
        try execute("SET statement_timeout = '20s'")
        // The library would print notices to standard error.
        try execute("SET client_min_messages = warning")
    }

    deinit { PQfinish(connection) }

    /// Whether the connection still stands, as far as is known.
    public var isOpen: Bool { PQstatus(connection) == CONNECTION_OK }

    /// Runs one statement; `$1`, `$2` stand for the values, of which nil is NULL.
    @discardableResult
    public func execute(_ sql: String, _ values: [String?] = []) throws -> [Row] {
        let result = Self.withPointers(values) { pointers in
            PQexecParams(connection, sql, Int32(values.count), nil, pointers, nil, nil, 0)
        }
        defer { PQclear(result) }
        guard let result, [PGRES_COMMAND_OK, PGRES_TUPLES_OK].contains(PQresultStatus(result))
        else {
            throw PostgresError("ask", "PostgreSQL", reason: Self.message(connection))
        }
        let columns = (0..<PQnfields(result)).map { String(cString: PQfname(result, $0)) }
        return (0..<PQntuples(result)).map { row in
            var values: [String: String] = [:]
            for (column, name) in columns.enumerated()
            where PQgetisnull(result, row, Int32(column)) == 0 {
                values[name] = String(cString: PQgetvalue(result, row, Int32(column)))
            }
            return Row(values: values)
        }
    }

    /// Runs statements as one transaction: all of them take effect, or none.
    ///
    /// - Parameter beginning: the statement that begins it.
    public func transaction<Value>(
        beginning: String = "BEGIN", _ body: () throws -> Value
    ) throws -> Value {
        try execute(beginning)
        do {
            let value = try body()
            try execute("COMMIT")
            return value
        } catch {
            _ = try? execute("ROLLBACK")
            throw error
        }
    }

    private static func isReadable(_ address: String) -> Bool {
        var message: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(address, &message)
        PQconninfoFree(options)
        PQfreemem(message)
        return options != nil
    }

    private static func message(_ connection: OpaquePointer) -> String {
        String(cString: PQerrorMessage(connection)).split(separator: "\n").joined(separator: "; ")
    }

    /// Texts as the C library takes them, with a null pointer at their end.
    private static func withPointers<Value>(
        _ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
    ) -> Value {
        let copies = texts.map { $0.map { Array($0.utf8CString) } }
        func collect(
            _ index: Int, _ pointers: inout [UnsafePointer<CChar>?]
        ) -> Value {
            guard index < copies.count else {
                pointers.append(nil)
                return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
            }
            guard let copy = copies[index] else {
                pointers.append(nil)
                return collect(index + 1, &pointers)
            }
            return copy.withUnsafeBufferPointer { buffer in
                pointers.append(buffer.baseAddress)
                return collect(index + 1, &pointers)
            }
        }
        var pointers: [UnsafePointer<CChar>?] = []
        return collect(0, &pointers)
    }
}

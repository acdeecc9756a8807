import GRDB
import Records

extension DrillFilter {
    /// The condition on rows of `drill`, and its arguments.
    var condition: (sql: String, arguments: StatementArguments) {
        var terms = [equality, comparison].flatMap { $0 }
        if let tag {
            terms.append(Term("instr(char(10) || tags || char(10), ?) > 0", ["\n\(tag)\n"]))
        }
        if let text {
            let pattern = "%" + Self.escaped(text) + "%"
            let columns = ["title", "identifier", "reason"]
            terms.append(
                Term(
                    "(" + columns.map { $0 + #" LIKE ? ESCAPE '\'"# }.joined(separator: " OR ")
                        + ")", columns.map { _ in pattern }))
        }
        guard !terms.isEmpty else { return ("TRUE", StatementArguments()) }
        return (
            terms.map(\.sql).joined(separator: " AND "),
            StatementArguments(terms.flatMap(\.values))
        )
    }

    /// A part of the condition.
    private struct Term {
        let sql: String
        let values: [any DatabaseValueConvertible]

        init(_ sql: String, _ values: [any DatabaseValueConvertible]) {
            self.sql = sql
            self.values = values
        }
    }

    private var equality: [Term] {
        [("playbook", playbook), ("target", target), ("host", host)].compactMap { column, value in
            value.map { Term("\(column) = ?", [$0]) }
        }
    }

    private var comparison: [Term] {
        let ending: Term? =
            switch ending {
            case .outcome(let outcome): Term("outcome = ?", [outcome.rawValue])
            case .notPassed: Term("outcome <> ?", [Outcome.passed.rawValue])
            case .some(.none): Term("outcome IS NULL", [])
            case nil: nil
            }
        return [
            ending, since.map { Term("started >= ?", [$0]) },
            before.map { Term("started < ?", [$0]) },
        ].compactMap { $0 }
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if "%_\\".contains(character) { result.append("\\") }
            result.append(character)
        }
    }
}

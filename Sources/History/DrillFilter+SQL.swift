import Records

extension DrillFilter {
    /// The condition on rows of `drill`, and its arguments.
    ///
    /// - Parameter like: the database's comparison without regard to upper and lower case.
    func condition(like: String) -> (sql: String, values: [HistoryValue]) {
        var terms = [equality, comparison].flatMap { $0 }
        if let tag {
            // The tags are lines; `replace` says the same in both databases, unlike their searches.
            terms.append(
                Term(
                    "replace('\n' || tags || '\n', ?, '') <> '\n' || tags || '\n'",
                    [.text("\n\(tag)\n")]))
        }
        if let text {
            let pattern = "%" + Self.escaped(text) + "%"
            let columns = ["title", "identifier", "reason"]
            terms.append(
                Term(
                    "(" + columns.map { "\($0) \(like) ? ESCAPE '\\'" }.joined(separator: " OR ")
                        + ")", columns.map { _ in .text(pattern) }))
        }
        guard !terms.isEmpty else { return ("TRUE", []) }
        return (
            terms.map(\.sql).joined(separator: " AND "),
            terms.flatMap(\.values)
        )
    }

    /// A part of the condition.
    private struct Term {
        let sql: String
        let values: [HistoryValue]

        init(_ sql: String, _ values: [HistoryValue]) {
            self.sql = sql
            self.values = values
        }
    }

    private var equality: [Term] {
        [("playbook", playbook), ("target", target), ("host", host)].compactMap { column, value in
            value.map { Term("\(column) = ?", [.text($0)]) }
        }
    }

    private var comparison: [Term] {
        let ending: Term? =
            switch ending {
            case .outcome(let outcome): Term("outcome = ?", [.text(outcome.rawValue)])
            case .notPassed: Term("outcome <> ?", [.text(Outcome.passed.rawValue)])
            case .some(.none): Term("outcome IS NULL", [])
            case nil: nil
            }
        return [
            ending, since.map { Term("started >= ?", [.integer($0)]) },
            before.map { Term("started < ?", [.integer($0)]) },
        ].compactMap { $0 }
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if "%_\\".contains(character) { result.append("\\") }
            result.append(character)
        }
    }
}

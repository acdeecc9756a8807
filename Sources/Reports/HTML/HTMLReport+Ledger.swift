import Records

extension HTMLReport {
    static func ledger(_ facts: DrillFacts) -> Markup {
        guard let book = facts.ledger else {
            return facts.statistics.attempted == 0
                ? .empty
                : Elements.section("ledger", "Ledger", "<p>The ledger was never closed.</p>")
        }
        var content: Markup = """
            \(sum(book.enqueues, title: "Where every enqueue went"))\
            \(sum(book.deliveries, title: "Where every delivered message came from"))
            """
        let counts = book.remarks.markup { remark in
            """
            <div class="\(remark.count == 0 ? "zero" : "some")"><dt>\(remark.name)</dt>\
            <dd><b>\(Format.count(remark.count))</b><span>\(remark.meaning)</span></dd></div>

            """
        }
        content += "<dl class=\"counts\">\n\(counts)</dl>\n"
        let drained =
            book.summary.isDrained
            ? Elements.badge(.good, "Drained: every node asked, every queue empty")
            : Elements.badge(
                .unsure, "Not drained: losses cannot be told from what is still queued")
        content += """
            <p>\(drained) <span class="muted">\(Format.count(book.summary.acknowledgedBeforeFaults)) \
            acknowledged before the first fault, \
            \(Format.count(book.summary.acknowledgedAfterFaults)) after the last.</span></p>

            """
        content += losses(book, facts.clock)
        return Elements.section("ledger", "Ledger", content)
    }

    private static func sum(_ sum: LedgerBook.Sum, title: Markup) -> Markup {
        func term(_ term: LedgerBook.Term) -> Markup {
            """
            <span class="term"><b>\(Format.count(abs(term.count)))</b> \
            <small>\(term.name)</small></span>
            """
        }
        let terms = sum.terms.enumerated().markup { index, value in
            let sign = index == 0 ? "=" : (value.isTaken ? "−" : "+")
            return "<span class=\"sign\">\(sign)</span>\(term(value))"
        }
        let verdict =
            sum.difference == 0
            ? Elements.badge(.good, "adds up")
            : Elements.badge(.bad, "off by \(Format.count(sum.difference))")
        return """
            <div class="sum"><h3>\(title)</h3>
            <p class="equation">\(term(sum.total))\(terms)\(verdict)</p>
            \(bar(sum))</div>

            """
    }

    /// A bar of the sum's positive terms; the numbers stand above it, so it is hidden from readers.
    private static func bar(_ sum: LedgerBook.Sum) -> Markup {
        let total = sum.terms.reduce(0) { $0 + abs($1.count) }
        guard total > 0 else { return .empty }
        let parts = sum.terms.filter { $0.count != 0 }.markup { term in
            """
            <i class="\(term.name.prefix { $0 != " " })" style="flex-grow:\(max(1, abs(term.count) * 10_000 / total))"></i>
            """
        }
        return "<div class=\"stack\" aria-hidden=\"true\">\(parts)</div>"
    }

    private static func losses(_ book: LedgerBook, _ clock: WallClock) -> Markup {
        guard let window = book.lostWindow else { return .empty }
        let names = book.summary.lost.prefix(60).map(\.message.description)
        let list = names.markup { "<span>\($0)</span> " }
        let rest = book.summary.lost.count - names.count
        let more = rest > 0 ? " and \(Format.count(rest)) more" : ""
        let nodes = book.lostByNode.map { "\(Format.count($0.count)) by node \($0.node)" }
        return """
            <div class="losses"><h3>\(Elements.icon(book.summary.isDrained ? .bad : .unsure))\
            The \(book.missing) messages</h3>
            <p>Acknowledged between \(Elements.time(window.lowerBound, clock)) and \
            \(Elements.time(window.upperBound, clock)): \(nodes.joined(separator: ", ")).</p>
            <p class="ids">\(list)\(more)</p></div>

            """
    }
}

import Records

/// The pieces that sections of the page share.
public enum Elements {
    /// A section with its heading; `note` is a line under it.
    public static func section(
        _ identifier: Markup, _ title: Markup, note: Markup = .empty, _ content: Markup
    ) -> Markup {
        let line: Markup = note.isEmpty ? .empty : "<p class=\"note\">\(note)</p>\n"
        return """
            <section id="\(identifier)" aria-labelledby="\(identifier)-title">
            <h2 id="\(identifier)-title">\(title)</h2>
            \(line)\(content)
            </section>

            """
    }

    /// An icon with its word: the state never hangs on colour alone.
    public static func badge(_ tone: Tone, _ word: String) -> Markup {
        "<span class=\"badge \(tone.rawValue)\">\(icon(tone))\(word)</span>"
    }

    /// A sign whose shape differs for every tone.
    public static func icon(_ tone: Tone) -> Markup {
        let shape: Markup =
            switch tone {
            case .good:
                """
                <circle class="fill" cx="8" cy="8" r="7.5"/>\
                <path class="mark" d="M4.6 8.3l2.3 2.3 4.5-5"/>
                """
            case .bad:
                """
                <rect class="fill" x="1" y="1" width="14" height="14" rx="3"/>\
                <path class="mark" d="M5 5l6 6M11 5l-6 6"/>
                """
            case .unsure:
                """
                <path class="fill" d="M8 .8L15.6 15H.4z"/><path class="mark" d="M8 6v4M8 12.3v.2"/>
                """
            case .neutral:
                """
                <circle class="ring" cx="8" cy="8" r="6.8"/><path class="bar" d="M5 8h6"/>
                """
            }
        return """
            <svg class="icon \(tone.rawValue)" viewBox="0 0 16 16" aria-hidden="true">\(shape)</svg>
            """
    }

    /// A table whose rows become blocks of labelled cells where the screen is too narrow for it.
    public static func table(
        _ caption: String, _ columns: [String], _ rows: [[Markup]], numeric: Set<Int> = [],
        style: Markup = .empty
    ) -> Markup {
        func kind(of index: Int) -> Markup {
            numeric.contains(index) ? " class=\"number\"" : .empty
        }
        let head = columns.enumerated().markup { index, column in
            "<th scope=\"col\"\(kind(of: index))>\(column)</th>"
        }
        let body = rows.markup { row in
            let cells = zip(columns, row).enumerated().markup { index, cell in
                "<td\(kind(of: index)) data-label=\"\(cell.0)\">\(cell.1)</td>"
            }
            return "<tr>\(cells)</tr>\n"
        }
        return """
            <div class="scroll" role="region" aria-label="\(caption)" tabindex="0">
            <table class="\(style)"><caption>\(caption)</caption>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(body)</tbody></table></div>

            """
    }

    /// A moment: UTC with the offset from the start beside it.
    static func time(_ time: DrillTime, _ clock: WallClock) -> Markup {
        """
        <time datetime="\(clock.stamp(time))">\(clock.clock(time))</time> \
        <span class="muted">\(WallClock.offset(time))</span>
        """
    }
}

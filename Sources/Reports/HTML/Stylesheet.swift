/// The page's styles; without `<` and `&`, so that the page stays well-formed XML.
public enum Stylesheet {
    /// All of them.
    public static let text = palette + page + icons + verdict + parts + charts + small + paper

    static let palette = """

        :root { color-scheme: light dark;
          --page: #f4f5f3; --card: #ffffff; --ink: #1b1f23; --soft: #5a626b; --line: #dfe2de;
          --faint: #eff1ee; --good: #197a4a; --bad: #c2313b; --unsure: #94590a; --neutral: #5a626b;
          --good-tint: #e5f3ea; --bad-tint: #fbe7e7; --unsure-tint: #fbf0dc;
          --neutral-tint: #eff1ee; --mark: #ffffff; --blue: #2a63c9; --teal: #0a8580;
          --violet: #6d48c7; --amber: #d98a14; --on-amber: #2b1a00; }
        @media screen and (prefers-color-scheme: dark) { :root {
          --page: #131619; --card: #1b1f24; --ink: #e6e9ec; --soft: #9aa4ae; --line: #333a42;
          --faint: #252a30; --good: #4fc78a; --bad: #ff7f84; --unsure: #eab04f; --neutral: #9aa4ae;
          --good-tint: #16301f; --bad-tint: #3a1d20; --unsure-tint: #352713;
          --neutral-tint: #252a30; --mark: #14171a; --blue: #82acff; --teal: #52cbc4;
          --violet: #b49cff; --amber: #e9a23b; --on-amber: #201300; } }

        """

    private static let page = """
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--page); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans",
          "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; }
        main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 40px; }
        section, details.section { background: var(--card); border: 1px solid var(--line);
          border-radius: 10px; padding: 18px 22px 20px; margin: 16px 0; }
        h2 { font-size: 18px; line-height: 1.3; margin: 0 0 10px; font-weight: 650; }
        h3 { font-size: 15px; margin: 0 0 6px; font-weight: 650; }
        p { margin: 0 0 10px; overflow-wrap: anywhere; }
        .note { color: var(--soft); font-size: 13.5px; }
        .muted { color: var(--soft); font-weight: 400; }
        code, pre, .mono, .ids { font-family: ui-monospace, "SF Mono", "Cascadia Code", "DejaVu Sans Mono",
          "Liberation Mono", Menlo, monospace; font-size: .88em; }
        pre { background: var(--faint); border-radius: 8px; padding: 12px 14px; margin: 0;
          white-space: pre-wrap; overflow-wrap: anywhere; }
        pre code { font-size: 13px; }
        blockquote { margin: 0; padding-left: 16px; border-left: 3px solid var(--line);
          font-size: 17px; line-height: 1.5; max-width: 46em; }
        details summary { cursor: pointer; font-weight: 600; }
        details.section[open] summary { margin-bottom: 12px; }
        footer { color: var(--soft); font-size: 12.5px; text-align: center; margin-top: 24px; }
        :focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }

        """

    static let icons = """
        .icon { width: 1em; height: 1em; margin-right: .4em; vertical-align: -.1em; flex: none; }
        .icon.good { color: var(--good); } .icon.bad { color: var(--bad); }
        .icon.unsure { color: var(--unsure); } .icon.neutral { color: var(--neutral); }
        .icon .fill { fill: currentColor; }
        .icon .mark { fill: none; stroke: var(--mark); stroke-width: 1.9; stroke-linecap: round;
          stroke-linejoin: round; }
        .icon .ring, .icon .bar { fill: none; stroke: currentColor; stroke-width: 1.6; }

        """

    private static let verdict = """
        .banner { padding: 22px 26px 20px; border-radius: 12px; border: 1px solid var(--line);
          border-left: 8px solid var(--neutral); background: var(--card); }
        .banner.good { border-left-color: var(--good); background: var(--good-tint); }
        .banner.bad { border-left-color: var(--bad); background: var(--bad-tint); }
        .banner.unsure { border-left-color: var(--unsure); background: var(--unsure-tint); }
        .kicker { font-size: 13px; margin: 0 0 8px; }
        .brand { font-weight: 700; }
        .tag { border: 1px solid var(--line); border-radius: 99px; padding: 0 8px; font-size: 12px;
          color: var(--soft); background: var(--card); }
        h1 { margin: 0 0 8px; font-size: 22px; line-height: 1.25; font-weight: 550; }
        h1 .word { display: block; font-size: 40px; line-height: 1.15; font-weight: 700;
          letter-spacing: -.01em; margin-bottom: 6px; }
        .good h1 .word { color: var(--good); } .bad h1 .word { color: var(--bad); }
        .unsure h1 .word { color: var(--unsure); }
        h1 .icon { width: .8em; height: .8em; vertical-align: -.06em; margin-right: .3em; }
        .reason { font-size: 16.5px; max-width: 50em; }
        .meta { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 0; font-size: 13px;
          color: var(--soft); }
        .tiles, .figures { display: grid; gap: 12px; margin: 12px 0; }
        .tiles { grid-template-columns: repeat(4, 1fr); }
        .figures { grid-template-columns: repeat(auto-fit, minmax(168px, 1fr)); gap: 0;
          background: var(--card); border: 1px solid var(--line); border-radius: 10px;
          padding: 14px 0; }
        .tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
          padding: 12px 16px 14px; border-top: 4px solid var(--neutral); }
        .tile.good { border-top-color: var(--good); } .tile.bad { border-top-color: var(--bad); }
        .tile.unsure { border-top-color: var(--unsure); }
        dt { font-size: 12.5px; color: var(--soft); } dd { margin: 0; }
        .tile strong { display: flex; align-items: center; font-size: 19px; font-weight: 650;
          margin: 2px 0 4px; }
        .tile dd span { display: block; font-size: 13px; line-height: 1.4; color: var(--soft);
          overflow-wrap: anywhere; }
        .figure { padding: 2px 20px; border-left: 1px solid var(--line); margin-left: -1px; }
        .figure b { display: block; font-size: 28px; line-height: 1.2; font-weight: 650;
          letter-spacing: -.01em; }
        .figure.bad b { color: var(--bad); } .figure.unsure b { color: var(--unsure); }
        .figure span { font-size: 12.5px; color: var(--soft); display: block; line-height: 1.35; }

        """

    private static let parts = """
        .badge { display: inline-flex; align-items: center; border-radius: 99px; padding: 1px 10px 1px 7px;
          font-size: 13px; font-weight: 600; white-space: nowrap; background: var(--neutral-tint); }
        .badge.good { background: var(--good-tint); color: var(--good); }
        .badge.bad { background: var(--bad-tint); color: var(--bad); }
        .badge.unsure { background: var(--unsure-tint); color: var(--unsure); }
        .scroll { overflow-x: auto; margin: 10px 0 0; }
        table { border-collapse: collapse; width: 100%; font-size: 14px; }
        caption { position: absolute; width: 1px; height: 1px; overflow: hidden;
          clip-path: inset(50%); white-space: nowrap; }
        th { text-align: left; font-weight: 600; font-size: 12.5px; color: var(--soft);
          border-bottom: 1px solid var(--line); padding: 4px 14px 6px 0; white-space: nowrap; }
        td { border-bottom: 1px solid var(--faint); padding: 7px 14px 7px 0; vertical-align: top; }
        tr:last-child td { border-bottom: 0; }
        th:last-child, td:last-child { padding-right: 0; }
        .number { text-align: right; white-space: nowrap; }
        .checks td:nth-child(3) { min-width: 230px; }
        .checks td:nth-child(4) { min-width: 150px; }
        ul.plain { list-style: none; margin: 0; padding: 0; }
        .checks li { white-space: nowrap; }
        td details { margin-top: 4px; font-size: 13px; } td details ul { margin: 4px 0; padding-left: 18px; }
        .steps { margin: 0 0 14px; padding-left: 24px; }
        .steps li { padding: 3px 0 5px 4px; } .steps li::marker { color: var(--soft); font-weight: 600; }
        .what { display: block; font-weight: 600; }
        .on, .by { font-size: 13.5px; color: var(--soft); margin-right: 12px; }
        .pairs { display: grid; grid-template-columns: max-content 1fr; gap: 5px 20px; margin: 0;
          font-size: 14px; }
        .pairs dt { font-size: 13px; line-height: 21px; } .pairs dd { overflow-wrap: anywhere; }
        .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 24px; }
        figure { margin: 0 0 8px; } figcaption { font-size: 13px; color: var(--soft); text-align: center; }
        .fault { border-top: 1px solid var(--line); padding: 16px 0 6px; margin-top: 12px; }
        h2 + .fault { border-top: 0; padding-top: 4px; margin-top: 0; }
        .fault .id { display: inline-block; background: var(--amber); color: var(--on-amber);
          border-radius: 4px; padding: 0 6px; margin-right: 4px; }
        .fault .title { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between;
          gap: 4px 16px; margin-bottom: 4px; } .fault h3 { margin: 0; }
        .badges { display: flex; flex-wrap: wrap; gap: 6px; margin: 0; }
        .life { list-style: none; display: grid; grid-template-columns: repeat(6, 1fr); margin: 10px 0 4px;
          padding: 0; font-size: 12.5px; }
        .life li { position: relative; padding: 14px 8px 0 0; }
        .life li::before { content: ""; position: absolute; left: 0; right: 0; top: 4px;
          border-top: 2px solid var(--line); }
        .life li::after { content: ""; position: absolute; left: 0; top: 0; width: 10px; height: 10px;
          border-radius: 50%; background: var(--good); }
        .life .never::after { background: var(--card); border: 2px solid var(--bad); }
        .life b { display: block; } .life time { display: block; }
        .life span { color: var(--soft); }
        .equation { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 14px; margin-bottom: 6px; }
        .term b { font-size: 21px; font-weight: 650; } .term small { font-size: 13px; color: var(--soft); }
        .sign { font-size: 19px; color: var(--soft); }
        .stack { display: flex; gap: 2px; height: 10px; border-radius: 5px; overflow: hidden; margin-bottom: 18px; }
        .stack i { min-width: 5px; background: var(--blue); }
        .stack .undelivered { background: var(--unsure); }
        .stack .failed, .stack .lost, .stack .dead { background: var(--bad); }
        .stack .indeterminate, .stack .unexpected { background: var(--amber); }
        .stack .recovered { background: var(--teal); }
        .counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); gap: 12px 18px;
          margin: 0 0 14px; }
        .counts b { font-size: 18px; display: block; } .counts .zero b { color: var(--soft); font-weight: 400; }
        .counts span { display: block; font-size: 12px; line-height: 1.35; color: var(--soft); }
        .losses { border-top: 1px solid var(--line); padding-top: 12px; } .ids { color: var(--soft); }
        .ids span { white-space: nowrap; } .effect th:last-child, .effect td:last-child { padding-left: 10px; }
        .findings td { border: 1px solid var(--line); padding: 0; }
        .findings tr:last-child td { border-bottom: 1px solid var(--line); }
        .findings th { border: 1px solid var(--line); padding: 5px 8px; }
        .findings td div { min-height: 34px; padding: 6px 8px; }
        .findings td:first-child { min-width: 260px; }
        .command { border-left: 3px solid var(--blue); }

        """

    static let charts = """
        .chart { display: block; width: 100%; height: auto; overflow: visible; }
        .chart.narrow { display: none; }
        .chart text { font-size: 11px; fill: var(--ink); }
        .chart .head { font-size: 12px; font-weight: 650; }
        .chart .soft, .chart .tick, .chart .utc { fill: var(--soft); }
        .chart .utc { font-size: 10px; } .chart .strong { font-weight: 600; }
        .grid, .rail { stroke: var(--line); stroke-width: 1; fill: none; }
        .rail { stroke: var(--faint); }
        .axis { stroke: var(--soft); stroke-width: 1; fill: none; }
        .boundary { stroke: var(--line); stroke-dasharray: 1 3; fill: none; }
        .phase0 { fill: var(--faint); } .phase1 { fill: var(--line); }
        .fault rect, rect.fault { fill: var(--amber); }
        .chart .onfault { fill: var(--on-amber); font-weight: 600; }
        .shade { fill: var(--amber); opacity: .13; }
        .onset { stroke: var(--amber); stroke-dasharray: 4 3; fill: none; }
        .ack { stroke: var(--blue); fill: none; stroke-width: 1.6; stroke-linejoin: round; }
        .ack-area { fill: var(--blue); opacity: .16; }
        .deliver { stroke: var(--teal); fill: none; stroke-width: 1.5; stroke-dasharray: 5 3; }
        .want { stroke: var(--soft); fill: none; opacity: .55; }
        .key-ack { fill: var(--blue); } .key-deliver { fill: var(--teal); opacity: .8; }
        .key-want { fill: var(--soft); opacity: .4; }
        .p50 { stroke: var(--violet); fill: none; stroke-width: 1.9; stroke-linejoin: round; }
        .p99 { stroke: var(--violet); fill: none; stroke-width: 1; }
        .band, .key-band { fill: var(--violet); opacity: .22; } .key-p50 { fill: var(--violet); }
        .max { stroke: var(--soft); fill: none; stroke-width: 1; stroke-dasharray: 2 2; }
        .key-max { fill: var(--soft); opacity: .5; }
        .chart .failed, .key-failed { fill: var(--bad); opacity: .85; }
        .chart .indeterminate, .key-unknown { fill: var(--amber); }
        .tries { stroke: var(--ink); fill: none; stroke-width: 1.3; stroke-dasharray: 3 2; }
        .key-tries { fill: var(--ink); opacity: .75; }
        .healthy { fill: var(--good); } .unhealthy, .chart .lost { fill: var(--bad); }
        .chart .undelivered { fill: var(--unsure); }
        .untold { fill: var(--neutral); opacity: .55; }
        .primary { fill: var(--blue); } .standby { fill: var(--blue); opacity: .28; }
        .dead { fill: var(--bad); opacity: .85; }
        .chart .on-primary, .chart .on-dead { fill: var(--mark); font-weight: 600; font-size: 10px; }
        .chart .on-standby { font-size: 10px; }
        .envelope { fill: var(--teal); opacity: .14; }
        .event-cross { stroke: var(--bad); stroke-width: 2; fill: none; } .event-bad { fill: var(--bad); }
        .event-good { fill: var(--good); } .event-role { fill: var(--blue); } .event-neutral { fill: var(--soft); }
        .wait { stroke: var(--soft); stroke-width: 1.2; fill: none; }
        .late { stroke: var(--bad); stroke-width: 5; fill: none; opacity: .7; }
        .limit { stroke: var(--teal); stroke-width: 2; fill: none; }
        .cell { fill: var(--blue); } .d1 { opacity: .28; } .d2 { opacity: .46; } .d3 { opacity: .64; }
        .d4 { opacity: .82; }
        .try-ok { fill: var(--good); } .try-failed { stroke: var(--bad); stroke-width: 2; fill: none; }
        .try-unknown { fill: var(--unsure); }

        """

    private static let small = """
        @media screen and (max-width: 720px) {
          main { padding: 12px 10px 28px; }
          section, details.section { padding: 14px 14px 16px; margin: 12px 0; }
          .banner { padding: 16px 16px 14px; border-left-width: 6px; }
          h1 { font-size: 18px; } h1 .word { font-size: 32px; } .reason { font-size: 15.5px; }
          .tiles { grid-template-columns: 1fr 1fr; gap: 8px; }
          .tile { padding: 10px 12px; } .tile strong { font-size: 17px; }
          .figures { grid-template-columns: 1fr 1fr; row-gap: 12px; padding: 12px 0; }
          .badge { white-space: normal; border-radius: 12px; }
          .figure { padding: 0 14px; } .figure b { font-size: 24px; }
          .pair { grid-template-columns: 1fr; }
          .pairs { grid-template-columns: 1fr; gap: 0; } .pairs dd { margin-bottom: 8px; }
          .life { grid-template-columns: 1fr 1fr 1fr; row-gap: 10px; }
          .counts { grid-template-columns: 1fr 1fr; }
          .scroll { overflow: visible; } thead { display: none; } table, tbody { display: block; }
          tr { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 4px 12px; padding: 10px 0;
            border-bottom: 1px solid var(--line); } tr:last-child { border-bottom: 0; }
          td, .number { display: block; border: 0; padding: 0; text-align: left; white-space: normal;
            min-width: 0; overflow-wrap: anywhere; }
          td::before { content: attr(data-label); display: block; font-size: 12px; color: var(--soft); }
          td:first-child { grid-column: 1 / -1; font-weight: 600; } td:first-child::before { display: none; }
          .checks tr { grid-template-columns: max-content 1fr; align-items: center; }
          .checks td:first-child { grid-column: auto; } .checks td::before { display: none; }
          .checks td:nth-child(n + 3) { grid-column: 1 / -1; } .checks li { white-space: normal; }
          .effect td:last-child { padding: 0; } td .badge { font-size: 12px; padding: 1px 7px 1px 5px; overflow-wrap: normal; }
          .undo tr { grid-template-columns: 1fr 1fr; }
          .findings tr { grid-template-columns: 1fr 1fr; border: 0; padding: 8px 0; }
          .findings td div { border: 1px solid var(--line); border-radius: 6px; }
          .findings tr:last-child td { border-bottom: 0; }
          .events tr { grid-template-columns: max-content max-content 1fr; }
          .events td { font-weight: 400; } .events td:first-child { grid-column: auto; }
          .events td::before { display: none; } .events td:nth-child(4) { grid-column: 1 / -1; }
          .chart.wide { display: none; } .chart.narrow { display: block; } }

        """

    private static let paper = """
        @page { size: A4; margin: 10mm 12mm; }
        @media print {
          html { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
          body { background: #ffffff; font-size: 8.2pt; line-height: 1.3; }
          main { max-width: none; padding: 0; } p { margin-bottom: 4px; }
          section { border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: 7px 0 3px;
            margin: 7px 0 0; }
          h2 { font-size: 11pt; margin-bottom: 4px; } h3 { font-size: 9pt; margin-bottom: 3px; }
          h2, h3, .note { break-after: avoid; }
          .banner { padding: 8px 14px; border-radius: 8px; } .kicker { font-size: 8pt; margin-bottom: 2px; }
          .tag { font-size: 7.5pt; } h1 { font-size: 12pt; margin-bottom: 3px; }
          h1 .word { display: inline-block; font-size: 19pt; margin: 0 10px 0 0; }
          .reason { font-size: 9.5pt; margin-bottom: 3px; max-width: none; } .meta { font-size: 8pt; }
          blockquote { font-size: 9.5pt; max-width: none; line-height: 1.4; }
          .tiles { gap: 6px; margin: 6px 0; } .tile { padding: 5px 9px; }
          .tile strong { font-size: 10.5pt; margin: 0 0 2px; } dt, .pairs dt { font-size: 7.8pt; line-height: 1.5; }
          .tile dd span, .figure span, .note, .on, .by { font-size: 7.8pt; line-height: 1.35; }
          .figures { display: flex; flex-wrap: wrap; padding: 5px 0; margin: 6px 0 0; }
          .figure { flex: 1 1 90px; padding: 0 9px; } .figure b { font-size: 13.5pt; }
          table { font-size: 8.2pt; } th { font-size: 7.8pt; padding: 2px 9px 2px 0; }
          td { padding: 2px 9px 2px 0; } .scroll { overflow: visible; margin-top: 3px; }
          #timeline .scroll, tr, figure, .fault, .chart, .losses, .sum { break-inside: avoid; }
          .chart.wide { width: 90%; margin: 0 auto; }
          .badge { font-size: 7.6pt; padding: 0 7px 0 5px; } figcaption { font-size: 8pt; }
          .steps { margin-bottom: 5px; padding-left: 18px; } .steps li { padding: 0 0 1px 2px; }
          .what { display: inline; margin-right: 8px; } .on, .by { margin-right: 8px; }
          .pairs { font-size: 8.2pt; gap: 1px 14px; }
          .fault { padding: 7px 0 1px; margin-top: 5px; } .life { font-size: 7.8pt; margin: 4px 0 1px; }
          .proofs { display: grid; grid-template-columns: 3fr 2fr; gap: 0 20px; align-items: start; }
          .equation { margin-bottom: 3px; } .term b { font-size: 11pt; } .term small { font-size: 8pt; }
          .sign { font-size: 10pt; } .stack { height: 6px; margin-bottom: 6px; }
          .counts { gap: 4px 10px; margin-bottom: 5px; grid-template-columns: repeat(7, 1fr); }
          .counts b { font-size: 10pt; } .counts span { font-size: 7pt; line-height: 1.3; }
          .ids { font-size: 7pt; } pre { padding: 6px 10px; } pre code { font-size: 8pt; }
          .findings td div { min-height: 22px; padding: 2px 6px; } .findings th { padding: 2px 6px; }
          details, details.section { display: none; } footer { margin-top: 6px; font-size: 7.5pt; }
          footer p { margin: 0; }
        }

        """
}

import Reports

/// The console's styles: those of reports, and what reports do not have.
enum ConsoleStylesheet {
    static let text = Stylesheet.text + bar + parts + forms + live + small

    private static let bar = """
        .skip { position: absolute; left: -999px; } .skip:focus { left: 8px; top: 8px; z-index: 2;
          background: var(--card); padding: 6px 12px; border-radius: 6px; }
        nav.bar { display: flex; flex-wrap: wrap; gap: 2px 4px; align-items: center;
          background: var(--card); border-bottom: 1px solid var(--line); padding: 8px 20px; }
        nav.bar a { color: var(--ink); text-decoration: none; padding: 5px 10px; border-radius: 6px; }
        nav.bar a:hover { background: var(--faint); }
        nav.bar a[aria-current] { background: var(--faint); font-weight: 650; }
        nav.bar .brand { font-weight: 700; padding-left: 0; }
        nav.bar .who { margin-left: auto; } nav.bar form { display: inline; }
        .heading { margin: 4px 2px 0; } .heading h1 { font-size: 26px; font-weight: 680; }
        a { color: var(--blue); }

        """

    private static let parts = """
        button, .button { font: inherit; border: 1px solid var(--line); border-radius: 8px;
          background: var(--card); color: var(--ink); padding: 6px 14px; cursor: pointer;
          text-decoration: none; display: inline-block; }
        button:hover, .button:hover { background: var(--faint); }
        button.stop { background: #b3202b; border-color: #b3202b; color: #ffffff; font-weight: 700;
          padding: 8px 22px; } button.stop:hover { background: #8f1821; }
        button.plain { border: 0; background: none; padding: 2px 6px; color: var(--blue); }
        input, select, textarea { font: inherit; color: var(--ink); background: var(--page);
          border: 1px solid var(--line); border-radius: 8px; padding: 5px 10px; max-width: 100%; }
        form.inline { display: inline-block; margin: 0 6px 0 0; }
        form.filter { display: flex; flex-wrap: wrap; gap: 10px; align-items: end; }
        form.filter label { display: grid; gap: 2px; font-size: 13px; color: var(--soft); }
        .pager { display: flex; gap: 12px; align-items: center; margin-top: 12px; }
        .actions { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; margin: 12px 0 0; }
        .score { font-size: 40px; font-weight: 700; line-height: 1.1; }
        .score small { font-size: 16px; color: var(--soft); font-weight: 400; }
        td.change-better, .change-better { color: var(--good); }
        td.change-worse, .change-worse { color: var(--bad); }
        .message { border-left: 4px solid var(--blue); }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 0 16px; }
        .agenda { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 0 28px; }
        .agenda > div { break-inside: avoid; } .agenda h3 { margin: 12px 0 4px; }
        .agenda li { display: flex; gap: 12px; padding: 4px 0; border-bottom: 1px solid var(--faint); }
        .agenda time { font-weight: 650; } a.quiet { color: inherit; }
        .strip { display: inline-flex; gap: 3px; vertical-align: middle; } .strip .icon { margin: 0; }

        """

    private static let forms = """
        .message.bad { border-left-color: var(--bad); } .message.unsure { border-left-color: var(--unsure); }
        .message p:last-child { margin: 0; } .message form { margin-top: 10px; }
        details.remove[open] form { margin-top: 8px; } details.remove summary { font-weight: 400; }
        .message ul { margin: 0; padding-left: 20px; } .message.bad a { color: var(--bad); }
        button.primary { background: #2a63c9; border-color: #2a63c9; color: #ffffff; font-weight: 650; }
        button.primary:hover { background: #204fa5; }
        fieldset { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
          padding: 6px 22px 18px; margin: 16px 0; min-width: 0; }
        legend { font-size: 17px; font-weight: 650; padding: 0 8px; margin-left: -8px; }
        .fields { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 14px 20px; }
        .fields .whole { grid-column: 1 / -1; margin: 0; }
        .field { display: grid; gap: 3px; align-content: start; min-width: 0; }
        .field label { font-weight: 600; font-size: 14px; }
        .field input, .field select, .field textarea { width: 100%; }
        .field textarea, .field input { font-family: ui-monospace, "DejaVu Sans Mono", monospace;
          font-size: 14px; }
        .field [aria-invalid] { border-color: var(--bad); box-shadow: 0 0 0 1px var(--bad); }
        .field [readonly] { color: var(--soft); background: var(--faint); }
        .field .help { font-size: 12.5px; color: var(--soft); }
        .field .problem { font-size: 13px; color: var(--bad); overflow-wrap: anywhere; }

        """

    private static let live = """
        .running { border-left: 6px solid var(--amber); }
        .running .top { display: flex; flex-wrap: wrap; gap: 12px; justify-content: space-between;
          align-items: start; }
        .spark { display: block; width: 100%; height: 74px; }
        .spark .line { fill: none; stroke: var(--blue); stroke-width: 1.6; }
        .spark .area { fill: var(--blue); opacity: .16; }
        .spark .late { fill: none; stroke: var(--violet); stroke-width: 1.6; opacity: 1; }
        .spark .bad { fill: var(--bad); } .pulse { color: var(--amber); }
        .live-figures { display: flex; flex-wrap: wrap; gap: 4px 24px; margin: 0 0 8px; }

        """

    private static let small = """
        @media screen and (max-width: 720px) {
          nav.bar { padding: 6px 10px; } nav.bar a { padding: 5px 7px; }
          nav.bar .who { margin-left: 0; } .heading h1 { font-size: 22px; }
          .fields { grid-template-columns: 1fr; } fieldset { padding: 4px 14px 14px; }
          #schedules td:last-child { grid-column: 1 / -1; }
          form.filter { display: grid; grid-template-columns: 1fr 1fr; }
          .filter label, .filter input, .filter select { width: 100%; min-width: 0; } }

        """
}

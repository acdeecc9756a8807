import Playbooks
import Records

extension HTMLReport {
    static func banner(_ facts: DrillFacts) -> Markup {
        let header = facts.header
        let exit = facts.headline.exitCode.map { "exit code \($0)" } ?? "no exit code"
        let tags = header.tags.markup { " <span class=\"tag\">\($0)</span>" }
        return """
            <header class="banner \(facts.headline.tone.rawValue)">
            <p class="kicker"><span class="brand">Firedrill</span> drill report \
            <span class="muted">· playbook \(header.playbook)</span>\(tags)</p>
            <h1><span class="word">\(Elements.icon(facts.headline.tone))\(facts.headline.word)</span>
            <span class="title">\(header.title)</span></h1>
            <p class="reason">\(facts.headline.sentence)</p>
            <p class="meta"><time datetime="\(facts.clock.stamp(.zero))">\
            \(facts.clock.date(.zero)) \(facts.clock.clock(.zero, milliseconds: false)) UTC</time>\
            <span>\(facts.verdict == nil ? "recorded" : "took") \(Format.duration(facts.end - .zero))</span>\
            <span>seed \(String(header.seed))</span><span>\(exit)</span>\
            <span class="mono">\(header.identifier)</span></p>
            </header>

            """
    }

    static func axes(_ facts: DrillFacts) -> Markup {
        let tiles = facts.axes.markup { axis in
            """
            <div class="tile \(axis.tone.rawValue)"><dt title="\(axis.question)">\(axis.name)</dt>
            <dd><strong>\(Elements.icon(axis.tone))\(axis.state)</strong>\
            <span>\(axis.sentence)</span></dd></div>

            """
        }
        return "<dl class=\"tiles\" aria-label=\"The four axes of the verdict\">\n\(tiles)</dl>\n"
    }

    static func keyFigures(_ facts: DrillFacts) -> Markup {
        guard !facts.keyFigures.isEmpty else { return .empty }
        let figures = facts.keyFigures.markup { figure in
            """
            <div class="figure \(figure.tone.rawValue)"><dt>\(figure.name)</dt>
            <dd><b>\(figure.value)</b><span>\(figure.note)</span></dd></div>

            """
        }
        return "<dl class=\"figures\" aria-label=\"Key figures\">\n\(figures)</dl>\n"
    }

    static func hypothesis(_ facts: DrillFacts) -> Markup {
        Elements.section(
            "hypothesis", "Hypothesis", "<blockquote>\(facts.header.hypothesis)</blockquote>")
    }

    static func method(_ facts: DrillFacts) -> Markup {
        guard let plan = facts.evidence.plan else { return .empty }
        let steps = plan.steps.markup { step in
            let objects: Markup =
                step.objects.isEmpty
                ? .empty : "<span class=\"on\">on \(step.objects.joined(separator: "; "))</span>"
            let note: Markup = step.backendNote.isEmpty ? .empty : " — \(step.backendNote)"
            let backend: Markup =
                step.backend.isEmpty
                ? .empty : "<span class=\"by\">by <b>\(step.backend)</b>\(note)</span>"
            return "<li><span class=\"what\">\(step.summary)</span>\(objects)\(backend)</li>\n"
        }
        var around = Markup.empty
        if let workload = plan.workload, !workload.isEmpty {
            around += "<dt>Load</dt><dd>\(workload.sentence)</dd>\n"
            around += "<dt>Retries</dt><dd>\(workload.retry.sentence).</dd>\n"
        }
        if !plan.testbed.isEmpty {
            around += "<dt>Testbed</dt><dd>\(plan.testbed.joined(separator: "; "))</dd>\n"
        }
        if !plan.limits.isEmpty {
            let limits = plan.limits.map { limit in
                "\(limit.isAllowed ? "✓" : "✕ refused:") \(limit.rule)"
                    + (limit.reason.isEmpty ? "" : " (\(limit.reason))")
            }
            around += "<dt>Limits</dt><dd>\(limits.joined(separator: "; "))</dd>\n"
        }
        let note: Markup =
            facts.reachedMethod
            ? .empty : "<p>The drill ended before the first step: nothing of this was done.</p>\n"
        return Elements.section(
            "method",
            facts.reachedMethod ? "What was done, and to what" : "What was to be done, and to what",
            "\(note)<ol class=\"steps\">\n\(steps)</ol>\n<dl class=\"pairs\">\n\(around)</dl>")
    }

    static func checks(_ facts: DrillFacts) -> Markup {
        guard !facts.checks.isEmpty else {
            return Elements.section("checks", "Checks", "<p>No check was judged.</p>")
        }
        let rows: [[Markup]] = facts.checks.map { check in
            let figures = check.figures.markup { figure in
                let limit: Markup =
                    figure.formattedLimit.map { " <span class=\"muted\">limit \($0)</span>" }
                    ?? .empty
                return "<li>\(figure.name) <b>\(figure.formatted)</b>\(limit)</li>"
            }
            let list: Markup = figures.isEmpty ? .empty : "<ul class=\"plain\">\(figures)</ul>"
            return [
                Elements.badge(check.status.tone, check.status.word),
                "<code>\(check.check)</code>", "\(check.sentence)\(details(check))", list,
            ]
        }
        return Elements.section(
            "checks", "Checks",
            Elements.table(
                "Every check with its status and figures", ["Status", "Check", "Why", "Figures"],
                rows, style: "checks"))
    }

    private static func details(_ check: CheckResult) -> Markup {
        guard !check.details.isEmpty else { return .empty }
        let lines = check.details.prefix(20).markup { "<li>\($0)</li>" }
        let rest = check.details.count - 20
        let more: Markup = rest > 0 ? "<li>and \(Format.count(rest)) more</li>" : .empty
        return """
            <details><summary>\(Format.plural(check.details.count, "detail"))</summary>\
            <ul>\(lines)\(more)</ul></details>
            """
    }
}

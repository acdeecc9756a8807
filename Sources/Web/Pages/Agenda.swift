import Records
import Reports

/// Drills to come, day by day, in UTC.
struct Agenda {
    private static let day: Int64 = 86_400_000_000_000
    private static let weekdays = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]

    var upcoming: [UpcomingDrill]
    /// Nanoseconds since 1970.
    var now: Int64

    func render(title: Markup) -> Markup {
        guard !upcoming.isEmpty else {
            return Elements.section(
                "next", title, "<p class=\"muted\">Nothing is scheduled.</p>")
        }
        var days: [(number: Int64, drills: [UpcomingDrill])] = []
        for drill in upcoming {
            let number = drill.at / Self.day
            if days.last?.number == number {
                days[days.count - 1].drills.append(drill)
            } else {
                days.append((number, [drill]))
            }
        }
        let first: Markup = upcoming.first.map { "The next one \(wait($0.at))." } ?? .empty
        return Elements.section(
            "next", title, note: "Times are in UTC. \(first)",
            "<div class=\"agenda\">\(days.markup { day($0.number, $0.drills) })</div>")
    }

    private func day(_ number: Int64, _ drills: [UpcomingDrill]) -> Markup {
        let relative: Markup =
            switch number - now / Self.day {
            case 0: " <span class=\"muted\">today</span>"
            case 1: " <span class=\"muted\">tomorrow</span>"
            default: .empty
            }
        let date = WallClock(start: number * Self.day).date(.zero)
        let items = drills.markup { drill in
            let clock = WallClock(start: drill.at)
            let note: Markup =
                drill.note.isEmpty
                ? .empty : " <span>\(Elements.icon(.unsure))\(drill.note)</span>"
            let schedule: Markup = """
                <a class="quiet" href="/schedules/\(FormText.encode(drill.schedule))">\
                \(drill.schedule)</a>
                """
            return """
                <li><time datetime="\(clock.stamp(.zero))">\
                \(clock.clock(.zero, milliseconds: false).prefix(5))</time> \
                <span>\(Parts.playbookLink(drill.playbook)) \
                <span class="muted">by \(schedule)</span>\(note)</span></li>

                """
        }
        return """
            <div><h3>\(Self.weekdays[Int((number + 4) % 7)]) \(date)\(relative)</h3>
            <ul class="plain">\(items)</ul></div>

            """
    }

    private func wait(_ moment: Int64) -> String {
        let minutes = max(0, moment - now) / 60_000_000_000
        return switch minutes {
        case 0: "is due within a minute"
        case ..<120: "is due in \(minutes) min"
        case ..<2880: "is due in \(minutes / 60) h"
        default: "is due in \(minutes / 1440) days"
        }
    }
}

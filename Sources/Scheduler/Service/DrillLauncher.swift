/// Runs the drills of occurrences; one call is one drill.
public protocol DrillLauncher: Sendable {
    /// Runs a drill to its end.
    ///
    /// - Parameter started: told the drill's identifier as soon as it is known, once.
    func run(
        _ identifier: OccurrenceIdentifier, _ rules: ScheduleRules,
        started: @escaping @Sendable (String) -> Void
    ) async -> DrillEnd

    /// Asks a drill to end early: it takes its faults out first.
    func stop(_ identifier: OccurrenceIdentifier)

    /// The drill that a service which is gone started for an occurrence; nil when none is known.
    func drill(of identifier: OccurrenceIdentifier) -> String?
}

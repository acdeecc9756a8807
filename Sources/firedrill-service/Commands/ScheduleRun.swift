import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// `firedrill schedule run`: runs the schedules without showing anything.
struct ScheduleRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the schedules, without a console, until SIGTERM.",
        discussion: """
            What 'firedrill serve' does beside its pages, alerts included. SIGTERM and Ctrl-C end \
            the drills that run, each taking its faults out, and then the service.
            """)

    @Option(
        name: .long,
        help: "Directory of the drills' evidence (default: $FIREDRILL_EVIDENCE, or ./evidence).")
    var evidence: String?

    @Option(help: "How to log: lines of text, or one JSON object a line.")
    var logFormat = LogFormat.text

    @OptionGroup var scheduling: SchedulingOptions
    @OptionGroup var options: ScheduleStoreOptions
    @OptionGroup var incidents: IncidentOptions

    func run() async throws {
        let logger = logFormat.logger()
        let evidence = evidence ?? incidents.variable("FIREDRILL_EVIDENCE") ?? "evidence"
        let alarms = try Alarms(
            options: incidents, store: try options.open(), evidence: evidence, logger: logger)
        var quiet = logger
        quiet.logLevel = .error
        try await ServiceGroup(
            services: [
                alarms,
                try Scheduling(
                    options: scheduling, storeOptions: options, evidence: evidence,
                    logger: logger, settled: alarms.wake),
            ], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet
        ).run()
    }
}

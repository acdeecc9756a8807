import ArgumentParser
import Foundation
import Glibc
import Kernel
import Logging
import Scheduler
import ServiceLifecycle
import Undo

/// How the service runs schedules.
struct SchedulingOptions: ParsableArguments {
    @Option(help: "The most drills at the same time.")
    var drillsPerHost = 1
    @Option(help: "The most drills of the same target at the same time.")
    var drillsPerTarget = 1
    @Option(help: "No drill begins while this file is there: an incident is open.")
    var incidentFlag: String?
    @Option(help: "A directory whose YAML files are schedules, for as long as they are there.")
    var scheduleFiles: String?
    @Option(help: "Seconds of silence after which others take over, with a shared database.")
    var lease = 15
    @Option(help: "How many days to remember what came of schedules.")
    var keepDays = 400

    func validate() throws {
        guard (1...1000).contains(drillsPerHost), (1...1000).contains(drillsPerTarget) else {
            throw ValidationError("--drills-per-host and --drills-per-target are 1 to 1000")
        }
        guard (2...3600).contains(lease) else { throw ValidationError("--lease is 2 to 3600") }
        guard (1...36_500).contains(keepDays) else {
            throw ValidationError("--keep-days is 1 to 36500")
        }
    }

    var limits: SchedulerLimits { SchedulerLimits(host: drillsPerHost, target: drillsPerTarget) }
}

/// The part of the service that runs schedules, until it is asked to end gracefully.
struct Scheduling: Service {
    private let options: SchedulingOptions
    private let storeOptions: ScheduleStoreOptions
    private let evidence: String
    private let logger: Logger
    private let settled: @Sendable () -> Void
    private let directory: ScheduleDirectory
    /// The right to run the schedules, and to tell of them.
    private let lock: Descriptor

    /// Takes the right to run the schedules; throws while another process has it.
    ///
    /// - Parameters:
    ///   - evidence: where drills leave their evidence.
    ///   - settled: told that an occurrence has come to its end and is in the store.
    init(
        options: SchedulingOptions, storeOptions: ScheduleStoreOptions, evidence: String,
        logger: Logger, settled: @escaping @Sendable () -> Void
    ) throws {
        self.options = options
        self.storeOptions = storeOptions
        self.evidence = evidence
        self.logger = logger
        self.settled = settled
        directory = try storeOptions.directory()
        lock = try directory.lock()
    }

    func run() async throws {
        defer { withExtendedLifetime(lock) {} }
        let store = try storeOptions.open(lease: .seconds(options.lease))
        let environment = ProcessInfo.processInfo.environment
        let launcher = try ProcessLauncher(
            program: Self.firedrill, evidence: evidence,
            environment: environment.map { "\($0)=\($1)" }, directory: directory)
        let state = environment["FIREDRILL_STATE"].flatMap { $0.isEmpty ? nil : $0 }
        let orders = HaltOrders(stateDirectory: state, home: environment["HOME"])
        let day = Duration.seconds(86_400)
        _ = try store.forget(before: ScheduleStoreOptions.now + day * -options.keepDays)
        let service = try SchedulerService(
            store: store, launcher: launcher,
            preflight: Preflight(
                incidentFlag: options.incidentFlag, halted: { orders.standing()?.text }),
            limits: options.limits,
            notify: { [logger, settled] notice in
                Self.log(notice, logger)
                if case .settled = notice { settled() }
            })
        // What the files say holds before anything is due.
        let files = options.scheduleFiles.map { path in
            ScheduleFiles(path: URL(filePath: path).path, store: store, logger: logger)
        }
        let watch = try files?.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let files, let watch { group.addTask { await files.follow(watch) } }
            try await withGracefulShutdownHandler {
                try await service.run()
            } onGracefulShutdown: {
                service.stop()
            }
            group.cancelAll()
        }
    }

    private static func log(_ notice: SchedulerService.Notice, _ logger: Logger) {
        switch notice {
        case .trouble(let text):
            logger.error("the schedules cannot be kept", metadata: ["reason": "\(text)"])
        case .started(let identifier, let drill):
            logger.notice("drill started", metadata: metadata(identifier, ["drill": "\(drill)"]))
        case .settled(let occurrence):
            var more: Logger.Metadata = [:]
            more["drill"] = occurrence.drill.map { "\($0)" }
            more["exit_code"] = occurrence.exitCode.map { "\($0)" }
            more["reason"] = occurrence.reason.map { "\($0)" }
            if occurrence.missedBefore > 0 { more["missed_before"] = "\(occurrence.missedBefore)" }
            let isAlarm = [.missed, .aborted].contains(occurrence.state)
            logger.log(
                level: isAlarm ? .warning : .notice, "drill \(occurrence.state.rawValue)",
                metadata: metadata(occurrence.identifier, more))
        }
    }

    private static func metadata(
        _ identifier: OccurrenceIdentifier, _ more: Logger.Metadata
    ) -> Logger.Metadata {
        more.merging(["schedule": "\(identifier.schedule)", "due": "\(identifier.due.iso8601)"]) {
            $1
        }
    }

    /// The program that runs a drill: beside this one.
    private static var firedrill: String { OwnProgram.beside("firedrill") }
}

public import ArgumentParser
import Foundation
import Glibc
import History
import Kernel
public import Logging
import NIOSSL
import Scheduler
import ServiceLifecycle
import UnixSignals
import Web

/// `firedrill serve`: the service that a team leaves running.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the schedules, and show drills in a browser and over REST.",
        discussion: """
            Runs what 'firedrill schedule add' has put down, sends the alerts that \
            /etc/firedrill/incidents.yaml asks for, and shows every drill. SIGTERM and Ctrl-C end the \
            drills that it runs, each taking its faults out, and then the service.

            Listens on loopback unless --listen says otherwise; the first line on standard output is \
            'listening URL'. Reading needs no token on loopback, unless --private is given; anything \
            that changes something always does ('firedrill token add'). /api/v1/openapi.json \
            describes the API, /metrics is for Prometheus. Logs go to standard error.
            """)

    @Option(help: "Where to listen, HOST:PORT; port 0 takes a free one.")
    var listen = ListenArgument(host: "127.0.0.1", port: 8420)

    @Flag(help: "Reading needs a token on loopback too.")
    var `private` = false

    @Option(help: "A name beside localhost by which the console may be asked for; repeatable.")
    var hostName: [String] = []

    @Option(help: "The only directory that playbooks are run from.")
    var playbooks: String?

    @Option(help: "A PEM file with the certificate and its chain: serves HTTPS.")
    var certificate: String?

    @Option(help: "The PEM file of the certificate's key.")
    var key: String?

    @Flag(help: "Serves HTTP beyond loopback without a certificate: tokens can then be read.")
    var insecure = false

    @Option(help: "What to log: debug, info, notice, warning, error.")
    var logLevel = Logger.Level.notice

    @Option(help: "How to log: lines of text, or one JSON object a line.")
    var logFormat = LogFormat.text

    @Flag(help: "Shows and serves only; another service runs the schedules.")
    var withoutSchedules = false

    @OptionGroup var options: HistoryOptions
    @OptionGroup var scheduling: SchedulingOptions
    @OptionGroup var schedules: ScheduleStoreOptions
    @OptionGroup var incidents: IncidentOptions

    func validate() throws {
        guard (certificate == nil) == (key == nil) else {
            throw ValidationError("--certificate and --key belong together")
        }
        guard certificate != nil || insecure || listen.isLoopback else {
            throw ValidationError(
                "beyond loopback --certificate and --key are needed, or --insecure")
        }
    }

    func run() async throws {
        var logger = logFormat.logger()
        logger.logLevel = logLevel
        var configuration = ConsoleConfiguration(
            places: { [evidence = options.evidence] in HistoryOptions.places(evidence) },
            control: DrillProcesses(options).control,
            validate: PlaybookCheck.problems, clock: { RealTimeClock.now })
        configuration.host = listen.host
        configuration.port = listen.port
        configuration.isPrivate = `private`
        configuration.hostNames = hostName
        // Schedules name their playbooks by whole paths, whoever runs them from wherever.
        let directory = playbooks.map { URL(filePath: $0).standardizedFileURL.path }
        configuration.playbookDirectory = directory
        configuration.tls = try tls
        let store = try schedules.open()
        configuration.upcoming = { try UpcomingDrill.next(of: store) }
        configuration.missed = { try store.missed() }
        configuration.schedules =
            withoutSchedules ? nil : ScheduleControl(store, directory: directory)
        let scheme = configuration.tls == nil ? "http" : "https"
        let history = try options.openWithoutImport(shared: schedules.database)
        let server = ConsoleServer(
            configuration: configuration, history: history, logger: logger
        ) { [listen] port in Terminal.line("listening \(scheme)://\(listen.urlHost):\(port)/") }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        // They end in the reverse order: what the last drills come to is told before alarms end.
        let services: [any Service] =
            withoutSchedules ? [server] : try background(store, logger) + [server]
        try await ServiceGroup(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet
        ).run()
    }

    /// What the service does beside its pages.
    private func background(
        _ store: any ScheduleStore, _ logger: Logger
    ) throws -> [any Service] {
        let evidence =
            options.evidence.first ?? incidents.variable("FIREDRILL_EVIDENCE") ?? "evidence"
        let alarms = try Alarms(
            options: incidents, store: store, evidence: evidence, logger: logger)
        let runner = try Scheduling(
            options: scheduling, storeOptions: schedules, evidence: evidence, logger: logger,
            settled: alarms.wake)
        return [alarms, runner]
    }

    private var tls: TLSConfiguration? {
        get throws {
            guard let certificate, let key else { return nil }
            let chain = try NIOSSLCertificate.fromPEMFile(certificate)
            guard !chain.isEmpty else {
                throw ValidationError("\(certificate) has no certificate")
            }
            return TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        }
    }
}

/// Where to listen, as one writes it: `127.0.0.1:8420`, `[::1]:8420`.
struct ListenArgument: ExpressibleByArgument, CustomStringConvertible {
    var host: String
    var port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"),
            let port = Int(argument[argument.index(after: colon)...]), (0...65_535).contains(port)
        else { return nil }
        var host = String(argument[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return nil }
        self.init(host: host, port: port)
    }

    var isLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }
    var urlHost: String { host.contains(":") ? "[\(host)]" : host }
    var description: String { "\(urlHost):\(port)" }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

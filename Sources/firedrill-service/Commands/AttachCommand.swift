import ArgumentParser
import Drills
import FoundationEssentials
import Incidents
import Kernel
import Playbooks
import Records
import Reports

/// `firedrill attach`: puts a drill's report and evidence where an incident review is.
struct AttachCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Bundle a drill for an incident review, and deliver it.",
        discussion: """
            Writes one zip archive with the report in every form, the playbook, the evidence and \
            the SHA-256 sum of each, and sends it to the destinations named by --to. What cannot \
            be delivered in time waits in the outbox: the next 'attach' and 'serve' try it again. \
            Exits with 7 when something was not delivered.
            """)

    @Argument(help: "A drill's identifier, its beginning or end, its directory, or 'latest'.")
    var drill: String

    @Option(help: "The incident's name, such as INC-123.")
    var incident: String

    @OptionGroup var review: ReviewOptions

    @Option(help: "A destination's name in the configuration; repeatable.")
    var to: [String] = []

    @Option(help: "The issue of GitHub or GitLab to comment on (default: the destination's).")
    var issue: Int?

    @Option(
        name: [.short, .long], help: "The directory to write the bundle into.",
        completion: .directory)
    var output = "."

    @Option(help: "An Ed25519 private key in PEM to sign with.", completion: .file())
    var key: String?

    @Flag(name: .customLong("no-pdf"), help: "Leave the PDF out.")
    var withoutPDF = false

    @Option(help: "How many seconds to try to deliver.")
    var wait = 60

    @Option(
        help: "Directory of the drills' evidence (default: $FIREDRILL_EVIDENCE, or ./evidence).")
    var evidence: String?

    @OptionGroup var incidents: IncidentOptions

    func validate() throws {
        guard (0...3600).contains(wait) else { throw ValidationError("--wait is 0 to 3600") }
    }

    func run() async throws {
        let configuration = try incidents.load()
        for name in to { _ = try configuration.destination(name) }
        let signer = try key.map { try SigningKey(path: $0) }
        let root = evidence ?? incidents.variable("FIREDRILL_EVIDENCE") ?? "evidence"
        let directory = try EvidenceDirectory.find(drill, under: root)
        let records = try EvidenceReader(directory).evidence()
        let bundle = try IncidentBundle(
            IncidentBundle.Contents(
                evidence: records, journal: try IncidentBundle.journal(in: directory.path),
                review: review.details(incident: incident), document: await document(records),
                secrets: configuration.destinations.compactMap { try? $0.secret?.read() }),
            key: signer)
        let path = "\(output)/\(bundle.name)"
        try EvidenceDirectory.replace(path, with: bundle.bytes)
        Terminal.line(path)
        for omission in bundle.manifest.omissions { Terminal.error("note: \(omission)") }
        try await deliver(bundle, reason: records.verdict?.reason, by: configuration)
    }

    /// The report as PDF, or why there is none: a missing program does not keep the rest back.
    private func document(_ records: Evidence) async -> Result<[UInt8], IncidentError> {
        guard !withoutPDF else {
            return .failure(
                IncidentError("print the report as PDF", reason: "--no-pdf was given"))
        }
        do {
            let html = try ReportFormat.html.render(records)
            let bytes = try await PDFPrinter().print(html: html, time: records.header.startedAt)
            return .success(bytes)
        } catch let error as IncidentError {
            return .failure(error)
        } catch {
            return .failure(IncidentError("print the report as PDF", reason: "\(error)"))
        }
    }

    private func deliver(
        _ bundle: IncidentBundle, reason: String?, by configuration: IncidentConfiguration
    ) async throws {
        guard !to.isEmpty else { return }
        let notice = Notice(
            bundle, reason: reason ?? "the drill left no verdict", issue: issue,
            now: RealTimeClock.now)
        let outbox = try Outbox(directory: incidents.outbox)
        for name in to {
            try outbox.add(notice, to: name, archive: bundle.bytes, now: RealTimeClock.now)
        }
        let courier = Courier(outbox: outbox, configuration: configuration)
        let all = try await courier.deliver(keys: [notice.key], within: .seconds(wait))
        var isDone = true
        for delivery in all where to.contains(delivery.destination) {
            isDone = isDone && delivery.state == .delivered
            switch delivery.state {
            case .delivered: Terminal.line("\(delivery.destination): delivered")
            case .refused: Terminal.error("\(delivery.destination): \(delivery.failure)")
            case .waiting:
                Terminal.error(
                    "\(delivery.destination): not delivered yet, \(delivery.failure); it waits in "
                        + incidents.outbox)
            }
        }
        if !isDone { throw ExitCode(7) }
    }
}

/// What people add to the report for a review.
struct ReviewOptions: ParsableArguments {
    @Option(help: "How severe the findings are.")
    var severity = ""

    @Option(help: "Who closes the findings.")
    var owner = ""

    @Option(help: "The ticket of the findings.")
    var ticket = ""

    @Option(help: "When the findings are to be closed.")
    var due = ""

    @Option(help: "When the drill is to be run again.")
    var retest = ""

    func details(incident: String) -> ReviewDetails {
        ReviewDetails(
            incident: incident, severity: severity, owner: owner, ticket: ticket, dueDate: due,
            retestDate: retest)
    }
}

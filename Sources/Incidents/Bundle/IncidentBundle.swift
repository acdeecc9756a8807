import Kernel
public import Records
public import Reports

/// A drill's report and evidence in one file, for an incident review: a zip archive.
///
/// Unpacked it is one directory, called as the drill, that `firedrill report` reads as evidence.
/// The same evidence, review, PDF and key give the same bytes.
public struct IncidentBundle: Sendable, Equatable {
    /// What a bundle is made of.
    public struct Contents: Sendable {
        public var evidence: Evidence
        /// The files of the drill's journal as they lie in its directory.
        public var journal: [BundleFile]
        /// The incident's name and what people add to the report; the name must be there.
        public var review: ReviewDetails
        /// The report as PDF, or the sentence that says why there is none.
        public var document: Result<[UInt8], IncidentError>
        /// Values that must not occur in any file of the bundle.
        public var secrets: [String]

        public init(
            evidence: Evidence, journal: [BundleFile], review: ReviewDetails,
            document: Result<[UInt8], IncidentError>, secrets: [String] = []
        ) {
            self.evidence = evidence
            self.journal = journal
            self.review = review
            self.document = document
            self.secrets = secrets
        }
    }

    /// The most bytes that the files of a bundle may have together.
    static let maximumBytes = 1 << 30

    /// The files of a drill's directory that belong to its journal; the nodes' logs stay behind.
    public static let journalFiles = [
        "header.json", "plan.json", "environment.json", "events.jsonl", "history.jsonl",
        "samples.jsonl", "wire.jsonl", "host.jsonl", "verdict.json",
    ]

    /// The name of its file: `INC-123-20261121T023812Z-primary-kill-4f2a91.zip`.
    public let name: String
    public let bytes: [UInt8]
    public let manifest: BundleManifest
    /// The report's Markdown, for destinations that show text.
    public let markdown: String

    /// The SHA-256 sum of the whole archive.
    public var sha256: String { SHA256Sum.text(of: bytes) }

    /// Puts a bundle together and signs its manifest when there is a key.
    ///
    /// Throws when a value of `secrets` is found in a file, and when it grows too large.
    public init(_ contents: Contents, key: SigningKey? = nil) throws(IncidentError) {
        let header = contents.evidence.header
        guard let incident = contents.review.incident, Self.isName(incident) else {
            throw IncidentError(
                "make a bundle for the incident '\((contents.review.incident ?? "").escaped)'",
                reason: "its name is part of a file's name",
                remedy: "use 1 to 64 letters, digits, '-', '_' and '.'", isUsage: true)
        }
        let markdown = MarkdownReport.render(contents.evidence, review: contents.review)
        var omissions = [
            "The nodes' logs are left out: what a service writes into them is not known."
        ]
        if case .failure(let error) = contents.document {
            omissions.append("There is no report.pdf: \(error).")
        }
        let files = try Self.files(contents, markdown)
        try Self.check(files, secrets: contents.secrets)
        let manifest = BundleManifest(
            drill: header.identifier, playbook: header.playbook, title: header.title,
            incident: incident, outcome: contents.evidence.verdict?.outcome.rawValue,
            startedAt: UniversalTime.text(header.startedAt),
            files: files.map {
                .init(path: $0.path, bytes: $0.bytes.count, sha256: SHA256Sum.text(of: $0.bytes))
            }, omissions: omissions, signer: key?.publicKey.text)
        var all = [BundleFile(BundleManifest.path, try Self.encode(manifest))]
        if let key {
            all.append(
                BundleFile(BundleManifest.signaturePath, try key.signature(of: all[0].bytes)))
        }
        all += files
        let folder = header.identifier
        bytes = try ZipWriter.archive(
            all.map { BundleFile("\(folder)/\($0.path)", $0.bytes) },
            time: ArchiveTime(secondsSince1970: header.startedAt / 1_000_000_000))
        name = "\(incident)-\(folder).zip"
        self.manifest = manifest
        self.markdown = markdown
    }

    /// The files of the journal that a drill's directory has.
    public static func journal(in directory: String) throws(IncidentError) -> [BundleFile] {
        var files: [BundleFile] = []
        for name in journalFiles where FileStatus.of("\(directory)/\(name)") != nil {
            let bytes = try DurableFile.read("\(directory)/\(name)", limit: maximumBytes)
            files.append(BundleFile(name, bytes))
        }
        return files
    }

    /// The bytes of a bundle's file; at most as many as a bundle can have are read.
    public static func archive(at path: String) throws(IncidentError) -> [UInt8] {
        do throws(IncidentError) {
            return try DurableFile.read(path, limit: maximumBytes)
        } catch {
            throw IncidentError("verify \(path)", reason: error.reason, isUsage: true)
        }
    }

    private static func files(
        _ contents: Contents, _ markdown: String
    ) throws(IncidentError) -> [BundleFile] {
        var files: [BundleFile] = []
        do {
            for (format, text) in try ReportFormat.renderAll(contents.evidence) {
                let text = format == .markdown ? markdown : text
                files.append(BundleFile(format.fileName, Array(text.utf8)))
            }
        } catch {
            throw IncidentError("render the report", reason: "\(error)")
        }
        if case .success(let document) = contents.document {
            files.append(BundleFile("report.pdf", document))
        }
        let playbook = Redaction.redact(contents.evidence.playbookText)
        files.append(BundleFile("playbook.yaml", Array(playbook.utf8)))
        for file in contents.journal {
            files.append(BundleFile(file.path, RecordRedaction.redact(file.bytes)))
        }
        return files.sorted { $0.path < $1.path }
    }

    private static func check(
        _ files: [BundleFile], secrets: [String]
    ) throws(IncidentError) {
        let size = files.reduce(0) { $0 + $1.bytes.count }
        guard size <= maximumBytes else {
            throw IncidentError(
                "make the bundle",
                reason: "its files have \(size >> 20) MiB, and at most 1024 MiB "
                    + "are put in one")
        }
        // A secret of a few characters is found everywhere, and is none.
        for secret in secrets.map({ Array($0.utf8) }) where secret.count >= 8 {
            for file in files where file.bytes.contains(secret) {
                throw IncidentError(
                    "make the bundle", reason: "\(file.path) holds a secret of a destination",
                    remedy: "take it out of the playbook and change it, for it is in the evidence")
            }
        }
    }

    private static func encode(_ manifest: BundleManifest) throws(IncidentError) -> [UInt8] {
        do {
            return try manifest.encoded()
        } catch {
            throw IncidentError("write the manifest", reason: "\(error)")
        }
    }

    private static func isName(_ incident: String) -> Bool {
        (1...64).contains(incident.utf8.count) && !incident.hasPrefix(".")
            && incident.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                    || byte == UInt8(ascii: ".")
            }
    }
}

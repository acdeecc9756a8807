import FoundationEssentials
public import Kernel
public import Records
public import Workloads

/// Writes what a drill records, as it happens, into a directory that a crash leaves readable.
public final class EvidenceWriter: OperationRecorder {
    public let directory: EvidenceDirectory
    /// The same, held: what is written comes there, whatever its path leads to by then.
    public let held: HeldDirectory
    /// Where the logs of the target's processes come.
    let logs: HeldDirectory
    private let events: AppendOnlyFile
    private let history: AppendOnlyFile
    private let samples: AppendOnlyFile
    private let wire: AppendOnlyFile
    private let hostLoad: AppendOnlyFile

    /// Creates the directory, which must not exist, readable by the owner alone.
    public init(root: String, header: DrillHeader, playbookText: String) throws {
        directory = EvidenceDirectory(path: "\(root)/\(header.identifier)")
        let root = try EvidenceRoot.open(root)
        do {
            held = try root.makeDirectory(header.identifier)
            logs = try held.makeDirectory("logs")
        } catch {
            throw DrillError(
                "create the evidence directory \(directory.path)", reason: "\(error)",
                remedy: "name another with --evidence")
        }
        events = try AppendOnlyFile(creating: EvidenceDirectory.events, in: held)
        history = try AppendOnlyFile(creating: EvidenceDirectory.history, in: held)
        samples = try AppendOnlyFile(creating: EvidenceDirectory.samples, in: held)
        wire = try AppendOnlyFile(creating: EvidenceDirectory.wire, in: held)
        hostLoad = try AppendOnlyFile(creating: EvidenceDirectory.hostLoad, in: held)
        try replace(EvidenceDirectory.playbook, with: Array(playbookText.utf8))
        try encode(header, to: EvidenceDirectory.header)
    }

    public func record(_ event: Event) {
        events.append(line: Self.line(event))
    }

    public func record(_ operation: Operation) {
        history.append { operation.write(to: &$0) }
    }

    public func record(_ sample: ProbeSample) {
        samples.append { $0.append(raw: Self.line(sample)) }
    }

    public func record(_ load: HostLoad) {
        hostLoad.append { $0.append(raw: Self.line(load)) }
    }

    public func record(_ observations: some Sequence<WireObservation>) {
        for observation in observations {
            wire.append { observation.write(to: &$0) }
        }
    }

    public func write(_ plan: Plan) throws { try encode(plan, to: EvidenceDirectory.plan) }

    public func write(_ environment: Environment) throws {
        try encode(environment, to: EvidenceDirectory.environment)
    }

    /// Writes the verdict; the drill's evidence is complete with it.
    public func write(_ verdict: Verdict) throws {
        try encode(verdict, to: EvidenceDirectory.verdict)
    }

    /// Hands buffered lines to the kernel; called at a fixed period.
    public func flush() {
        history.flush()
        samples.flush()
        wire.flush()
        hostLoad.flush()
    }

    /// The first file that could not be written whole; nil when all is well.
    public var failure: String? {
        [events, history, samples, wire, hostLoad].lazy.compactMap(\.failure).first
    }

    /// Waits until all that was recorded so far is on disk.
    public func sync() throws {
        flush()
        try syncFiles()
    }

    /// Hands what is still buffered to the kernel and ends the writing.
    public func close() {
        for file in [events, history, samples, wire, hostLoad] { file.close() }
    }

    /// Writes a file of its own into the drill's directory, replacing it atomically.
    public func replace(_ name: String, with bytes: [UInt8]) throws {
        do {
            try held.replace(name, with: bytes)
        } catch {
            throw DrillError("write \(held.file(name))", error)
        }
    }

    private func encode(_ value: some Encodable, to name: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(value)
        try replace(name, with: Array(data) + [UInt8(ascii: "\n")])
    }

    private static func line(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { Array($0) } ?? []
    }
}

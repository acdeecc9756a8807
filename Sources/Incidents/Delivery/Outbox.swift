import FoundationEssentials
import Glibc
import Kernel
import Playbooks

/// The deliveries of this host, one file each: what a crash interrupts is tried again.
///
/// A notice is written before anything is sent and settled after its answer came, so that it
/// reaches its destination at least once; its key tells a receiver when it comes twice.
public struct Outbox: Sendable {
    /// The most deliveries that may wait; a further one is an error of the tool.
    public static let maximumWaiting = 10_000
    /// How long a settled delivery is remembered, so that the same notice is not sent anew.
    static let memory: Duration = .seconds(30 * 86_400)
    /// The most bytes of a delivery's file.
    private static let limit = 8 << 20

    public let directory: String

    /// Opens the outbox in a directory, which is made when it is not there.
    public init(directory: String) throws(IncidentError) {
        self.directory = directory
        try DurableFile.makeDirectory(directory)
    }

    /// Takes a notice on for a destination; returns the delivery that there is now.
    ///
    /// One that was delivered stays delivered; one that was refused is tried anew.
    ///
    /// - Parameter archive: the bundle's bytes, kept until every delivery of it is settled.
    @discardableResult
    public func add(
        _ notice: Notice, to destination: String, archive: [UInt8]? = nil, now: Int64
    ) throws(IncidentError) -> OutboxEntry {
        let delivery = OutboxEntry(notice, to: destination, now: now)
        if let known = try read(delivery.identifier), known.state != .refused { return known }
        guard try deliveries().count(where: { $0.state == .waiting }) < Self.maximumWaiting else {
            throw IncidentError(
                "queue a message to '\(destination)'",
                reason: "\(Self.maximumWaiting) wait in \(directory) already",
                remedy: "look at why they are not delivered")
        }
        if let archive {
            try DurableFile.replace("\(notice.key).zip", in: directory, with: archive)
        }
        try write(delivery)
        return delivery
    }

    /// Every delivery that is remembered, the earliest first.
    public func deliveries() throws(IncidentError) -> [OutboxEntry] {
        var all: [OutboxEntry] = []
        for name in Descriptor.names(in: directory) where name.hasSuffix(".json") {
            guard !name.hasPrefix(".") else { continue }
            if let delivery = try read(String(name.dropLast(5))) { all.append(delivery) }
        }
        return all.sorted { ($0.queuedAt, $0.identifier) < ($1.queuedAt, $1.identifier) }
    }

    func write(_ delivery: OutboxEntry) throws(IncidentError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data: Data
        do {
            data = try encoder.encode(delivery)
        } catch {
            throw IncidentError("write a delivery to \(directory)", reason: "\(error)")
        }
        try DurableFile.replace(
            "\(delivery.identifier).json", in: directory, with: Array(data))
    }

    /// The bytes of a bundle that is still to be delivered.
    func archive(of notice: Notice) throws(IncidentError) -> [UInt8] {
        try DurableFile.read(
            "\(directory)/\(notice.key).zip", limit: IncidentBundle.maximumBytes)
    }

    /// Removes archives that nobody waits for, and forgets what was settled long ago.
    func prune(now: Int64) throws(IncidentError) {
        let all = try deliveries()
        let waiting = Set(all.filter { $0.state == .waiting }.map(\.notice.key))
        for name in Descriptor.names(in: directory) where name.hasSuffix(".zip") {
            guard !name.hasPrefix("."), !waiting.contains(String(name.dropLast(4))) else {
                continue
            }
            unlink("\(directory)/\(name)")
        }
        for delivery in all {
            guard let settled = delivery.settledAt, now - settled > Self.memory.nanoseconds else {
                continue
            }
            unlink("\(directory)/\(delivery.identifier).json")
        }
    }

    /// Takes the right to deliver for as long as the answer is kept; nil when another process has it.
    func lock() throws(IncidentError) -> Descriptor? {
        do throws(KernelError) {
            let file = try Descriptor.open(
                "\(directory)/.lock", flags: O_RDWR | O_CREAT, mode: 0o600)
            return file.lockExclusively() ? file : nil
        } catch {
            throw IncidentError("use the outbox \(directory)", reason: error.description)
        }
    }

    /// The delivery of a file; nil when there is none.
    private func read(_ identifier: String) throws(IncidentError) -> OutboxEntry? {
        let path = "\(directory)/\(identifier).json"
        guard access(path, F_OK) == 0 else { return nil }
        let bytes = try DurableFile.read(path, limit: Self.limit)
        do {
            return try JSONDecoder().decode(OutboxEntry.self, from: Data(bytes))
        } catch {
            throw IncidentError(
                "read \(path)", reason: "it is no delivery", remedy: "move it away")
        }
    }
}

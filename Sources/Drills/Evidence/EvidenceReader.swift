import FoundationEssentials
import Kernel
public import Records

/// Reads a drill's evidence back, whole or as far as a crash let it be written.
public struct EvidenceReader: Sendable {
    /// The most that one file of evidence may hold; a larger one is refused.
    static let maximumFileSize = 4 << 30

    private let directory: EvidenceDirectory

    public init(_ directory: EvidenceDirectory) {
        self.directory = directory
    }

    /// Reads everything; a torn last line is left out, a damaged one in the middle is an error.
    public func evidence() throws -> Evidence {
        let header = try self.header()
        return Evidence(
            header: header,
            playbookText: String(
                decoding: try bytes(of: EvidenceDirectory.playbook) ?? [], as: UTF8.self),
            plan: try decode(Plan.self, from: EvidenceDirectory.plan),
            environment: try decode(Environment.self, from: EvidenceDirectory.environment),
            events: try lines(EvidenceDirectory.events) {
                try JSONDecoder().decode(Event.self, from: Data($0))
            },
            operations: try lines(EvidenceDirectory.history) { try Operation(line: $0) },
            samples: try lines(EvidenceDirectory.samples) {
                try JSONDecoder().decode(ProbeSample.self, from: Data($0))
            },
            wire: try lines(EvidenceDirectory.wire) { try WireObservation(line: $0) },
            hostLoad: try lines(EvidenceDirectory.hostLoad) {
                try JSONDecoder().decode(HostLoad.self, from: Data($0))
            },
            undone: try undone(),
            verdict: try verdict())
    }

    public func header() throws -> DrillHeader {
        guard let header = try decode(DrillHeader.self, from: EvidenceDirectory.header) else {
            throw DrillError(
                "read \(directory.file(EvidenceDirectory.header))", reason: "it does not exist")
        }
        guard header.version <= DrillHeader.currentVersion else {
            throw DrillError(
                "read \(directory.path)",
                reason: "it was written in format \(header.version), this build reads up to "
                    + "\(DrillHeader.currentVersion)",
                remedy: "use a newer firedrill")
        }
        return header
    }

    /// The verdict; nil for a drill that runs or was killed.
    public func verdict() throws -> Verdict? {
        try decode(Verdict.self, from: EvidenceDirectory.verdict)
    }

    /// What others undid for the drill, in order; empty for one that needed nobody.
    public func undone() throws -> [UndoneEntry] {
        try lines(EvidenceDirectory.undone) {
            try JSONDecoder().decode(UndoneEntry.self, from: Data($0))
        }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, from name: String) throws -> Value? {
        guard let bytes = try bytes(of: name) else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw DrillError("read \(directory.file(name))", reason: "\(error)")
        }
    }

    private func lines<Value>(
        _ name: String, _ read: (ArraySlice<UInt8>) throws -> Value
    ) throws -> [Value] {
        guard let bytes = try bytes(of: name) else { return [] }
        var values: [Value] = []
        var start = bytes.startIndex
        var number = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            number += 1
            do {
                values.append(try read(bytes[start..<end]))
            } catch {
                throw DrillError(
                    "read \(directory.file(name)), line \(number)", reason: "\(error)",
                    remedy: "evidence must not be edited; restore the file")
            }
            start = end + 1
        }
        return values
    }

    private func bytes(of name: String) throws -> [UInt8]? {
        let path = directory.file(name)
        guard FileStatus.of(path) != nil else { return nil }
        let file = try Descriptor.openRegular(path)
        guard try file.status().size <= Self.maximumFileSize else {
            throw DrillError("read \(path)", reason: "it is larger than 4 GiB")
        }
        return try file.readAll(limit: Self.maximumFileSize)
    }
}

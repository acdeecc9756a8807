import Glibc

/// Where the evidence of one drill lies, and how its files are called.
public struct EvidenceDirectory: Sendable, Equatable {
    /// The directory of the drill: `evidence/20261121T101500Z-primary-kill-4f2a91`.
    public var path: String

    public init(path: String) {
        self.path = path
    }

    /// The drill's identifier: the last part of the path.
    public var identifier: String {
        String(path.split(separator: "/").last ?? "")
    }

    public func file(_ name: String) -> String { "\(path)/\(name)" }

    static let header = "header.json"
    static let playbook = "playbook.yaml"
    static let plan = "plan.json"
    static let environment = "environment.json"
    static let events = "events.jsonl"
    static let history = "history.jsonl"
    static let samples = "samples.jsonl"
    static let wire = "wire.jsonl"
    static let hostLoad = "host.jsonl"
    /// Written by whoever undid something for the drill.
    static let undone = "undone.jsonl"
    static let verdict = "verdict.json"

    /// The drills under `root`, newest first; identifiers begin with the time, so names sort.
    public static func list(under root: String) throws -> [EvidenceDirectory] {
        guard let directory = opendir(root) else {
            if errno == ENOENT { return [] }
            throw DrillError("list the drills in \(root)", reason: String(cString: strerror(errno)))
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if access("\(root)/\(name)/\(header)", F_OK) == 0 { names.append(name) }
        }
        return names.sorted(by: >).map { EvidenceDirectory(path: "\(root)/\($0)") }
    }

    /// Finds the drill that a person means: a path, an identifier, its beginning, or `latest`.
    public static func find(_ drill: String, under root: String) throws -> EvidenceDirectory {
        if drill.contains("/") || access("\(drill)/\(header)", F_OK) == 0 {
            var path = drill
            while path.count > 1, path.hasSuffix("/") { path.removeLast() }
            guard access("\(path)/\(header)", F_OK) == 0 else {
                throw DrillError(
                    "open the drill \(drill)", reason: "\(path)/\(header) does not exist",
                    remedy: "`firedrill list` shows the drills there are", isUsage: true)
            }
            return EvidenceDirectory(path: path)
        }
        let all = try list(under: root)
        if drill == "latest", let newest = all.first { return newest }
        let matches = all.filter {
            $0.identifier.hasPrefix(drill) || $0.identifier.hasSuffix(drill)
        }
        if matches.count == 1 { return matches[0] }
        throw DrillError(
            "find the drill '\(drill)' in \(root)",
            reason: matches.isEmpty ? "there is none" : "\(matches.count) drills match",
            remedy: "`firedrill list` shows the drills there are", isUsage: true)
    }
}

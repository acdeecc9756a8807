import Foundation
import Kernel
import Records
import Testing

/// The released program with evidence and undo records of its own, in the lab.
struct ReleasedProgram {
    let directory: String

    /// Makes an empty directory for it.
    init() throws {
        directory = "/run/lab-drill-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
    }

    /// What it has printed since it was started last.
    var output: String {
        (try? String(contentsOfFile: "\(directory)/output.txt", encoding: .utf8)) ?? ""
    }

    /// The qdiscs of an interface of this machine.
    func qdiscs(of interface: String) throws -> [Qdisc] {
        try NetlinkSocket().qdiscs(ofInterface: NetworkInterface.index(of: interface))
    }

    /// Keeps a playbook for it; returns the path.
    func write(_ playbook: String, as name: String) throws -> String {
        let path = "\(directory)/\(name).yaml"
        try playbook.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    func start(_ arguments: [String]) throws -> ChildProcess {
        let programs = try #require(
            ProcessInfo.processInfo.environment["FIREDRILL_PROGRAMS"],
            "FIREDRILL_PROGRAMS must name the directory of the built programs: run make lab")
        let output = open("\(directory)/output.txt", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(output >= 0)
        defer { close(output) }
        return try ChildProcess.spawn(
            .init(
                executable: "\(programs)/firedrill", arguments: arguments,
                environment: [
                    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=\(directory)",
                    "FIREDRILL_STATE=\(directory)/state",
                    "FIREDRILL_EVIDENCE=\(directory)/evidence",
                ], workingDirectory: directory, standardOutput: output, standardError: output))
    }

    /// The verdict of its only drill.
    func verdict() throws -> Verdict {
        let evidence = "\(directory)/evidence"
        let drill = try #require(
            try FileManager.default.contentsOfDirectory(atPath: evidence).first)
        let data = try Data(contentsOf: URL(filePath: "\(evidence)/\(drill)/verdict.json"))
        return try JSONDecoder().decode(Verdict.self, from: data)
    }

    func remove() throws {
        try FileManager.default.removeItem(atPath: directory)
    }
}

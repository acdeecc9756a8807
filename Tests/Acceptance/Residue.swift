import Foundation
import Kernel

/// What a drill could leave on a host, looked for from outside.
struct Residue: Equatable, CustomStringConvertible {
    /// Processes that have the drill's directory in their arguments.
    var processes: [String]
    /// Mounts, in the tests' own mount namespace.
    var mounts: [String]
    /// Attached loop devices.
    var loops: [String]
    /// Qdiscs of loopback, as the kernel names them; needs no program.
    var namespaces: [String]

    static func find(of directory: String) -> Residue {
        let processes = ProcessTable.all().compactMap { identity -> String? in
            guard identity.pid != getpid(),
                let line = ProcessTable.commandLine(of: identity.pid),
                line.contains(where: { $0.contains(directory) })
            else { return nil }
            return "\(identity.pid) \(line.joined(separator: " "))"
        }
        return Residue(
            processes: processes,
            mounts: lines("/proc/self/mounts").filter { $0.contains(directory) },
            loops: loopFiles().filter { $0.contains(directory) },
            namespaces: names(in: "/run/netns").filter { $0.contains("firedrill") })
    }

    var isEmpty: Bool {
        processes.isEmpty && mounts.isEmpty && loops.isEmpty && namespaces.isEmpty
    }

    var description: String {
        (processes + mounts + loops + namespaces).joined(separator: "\n")
    }

    /// Looks until nothing is left or the bound has passed; returns the last look.
    static func waitUntilGone(of directory: String, within bound: Duration) async -> Residue {
        let clock = ContinuousClock()
        let deadline = clock.now + bound
        var residue = find(of: directory)
        while !residue.isEmpty, clock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
            residue = find(of: directory)
        }
        return residue
    }

    private static func loopFiles() -> [String] {
        names(in: "/sys/block").filter { $0.hasPrefix("loop") }.flatMap { name in
            lines("/sys/block/\(name)/loop/backing_file")
        }
    }

    private static func names(in directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    }

    private static func lines(_ path: String) -> [String] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").map(String.init)
    }
}

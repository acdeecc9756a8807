import Glibc
import Kernel
import Undo

/// Devices, space, control groups and the files that a drill takes away again.
enum DiskSurvey {
    static func loopDevices(below directory: String) -> [String: String] {
        var devices: [String: String] = [:]
        for name in Descriptor.names(in: "/sys/block") where name.hasPrefix("loop") {
            guard let file = TextFile.lines("/sys/block/\(name)/loop/backing_file").first,
                file.contains(directory)
            else { continue }
            devices[name] = file
        }
        return devices
    }

    /// The space in use on a file system beside what its files with a name take up.
    static func unnamedBytes(_ directory: String) throws -> [String: String] {
        let statistics = try FileSystem.statistics(at: directory)
        let used = statistics.totalBytes - statistics.freeBytes
        let named = bytes(below: directory, device: statistics.device)
        return [directory: "\(used - named) bytes"]
    }

    private static func bytes(below path: String, device: UInt64) -> Int64 {
        var status = stat()
        guard lstat(path, &status) == 0, UInt64(status.st_dev) == device else { return 0 }
        let own = Int64(status.st_blocks) * 512
        guard status.st_mode & S_IFMT == S_IFDIR else { return own }
        return Descriptor.names(in: path).reduce(own) {
            $0 + bytes(below: "\(path)/\($1)", device: device)
        }
    }

    /// Firedrill's control groups: each bears its name.
    static func controlGroups(below directories: [String]) -> [String: String] {
        var groups: [String: String] = [:]
        var waiting = directories
        while let path = waiting.popLast() {
            for name in Descriptor.names(in: path) {
                let child = "\(path)/\(name)"
                guard FileStatus.of(child)?.isDirectory == true else { continue }
                if name.contains("firedrill") { groups[child] = "there" }
                waiting.append(child)
            }
        }
        return groups
    }

    static func workDirectories(below evidence: String) -> [String: String] {
        let paths = Descriptor.names(in: evidence).map { "\(evidence)/\($0)/work" }
        return Dictionary(
            uniqueKeysWithValues: paths.filter { FileStatus.of($0) != nil }.map { ($0, "there") })
    }

    static func undoRecords(in state: String) throws -> [String: String] {
        guard FileStatus.of(state) != nil else { return [:] }
        let drills = try Reversion(directory: state).unsettledDrills()
        return Dictionary(
            uniqueKeysWithValues: drills.map { ($0.drill, $0.reasons.joined(separator: "; ")) })
    }
}

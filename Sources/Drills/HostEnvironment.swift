import Faults
import FoundationEssentials
import Glibc
import Records

/// Reads what a report says of the host.
enum HostEnvironment {
    static func read(version: String, target: String, host: HostCapabilities) -> Environment {
        var name = utsname()
        uname(&name)
        return Environment(
            host: text(name.nodename), kernel: "\(text(name.sysname)) \(text(name.release))",
            distribution: distribution(), processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
            memory: Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE))),
            firedrill: version, target: target,
            privileges: geteuid() == 0 ? "root" : "user \(geteuid())",
            capabilities: host.all.map(\.description))
    }

    /// The distribution's name from os-release(5).
    private static func distribution() -> String {
        guard let data = FileManager.default.contents(atPath: "/etc/os-release") else {
            return "unknown"
        }
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let prefix = "PRETTY_NAME="
            guard line.hasPrefix(prefix) else { continue }
            return String(line.dropFirst(prefix.count).filter { $0 != "\"" })
        }
        return "unknown"
    }

    private static func text<Tuple>(_ characters: Tuple) -> String {
        withUnsafeBytes(of: characters) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

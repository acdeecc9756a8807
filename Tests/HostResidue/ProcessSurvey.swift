import Glibc
import Kernel

/// The processes that can be seen, and what they hold.
struct ProcessSurvey {
    var all: [String: String] = [:]
    var stopped: [String: String] = [:]
    var limits: [String: String] = [:]
    var namespaces: [String: String] = [:]
    var mounts: [String: String] = [:]
    var clockCode: [String: String] = [:]
    private let clocks = ClockCodeSurvey()

    static func take() -> ProcessSurvey {
        var survey = ProcessSurvey()
        var seen: Set<String> = []
        for identity in ProcessTable.all() where ProcessTable.isAlive(identity) {
            // Kernel threads, the children of number 2, come and go with the kernel's work.
            guard identity.pid != 2, ProcessTable.parent(of: identity.pid) != 2 else { continue }
            survey.add(identity, seen: &seen)
        }
        return survey
    }

    private mutating func add(_ identity: ProcessIdentity, seen: inout Set<String>) {
        let (pid, key) = (identity.pid, "\(identity)")
        let isSelf = pid == getpid()
        all[key] = isSelf ? nil : (ProcessTable.commandLine(of: pid) ?? []).joined(separator: " ")
        let tracer = TextFile.lines("/proc/\(pid)/status").first { $0.hasPrefix("TracerPid:") }
        let isTraced = tracer.map { !$0.hasSuffix("\t0") } ?? false
        if let state = ProcessTable.state(of: pid), "Tt".contains(state) || isTraced {
            stopped[key] = isTraced ? "traced" : "stopped"
        } else if Self.isFrozen(pid) {
            stopped[key] = "frozen"
        }
        clockCode[key] = clocks.difference(of: pid)
        limits[key] = TextFile.lines("/proc/\(pid)/limits").joined(separator: "; ")
        for name in Descriptor.names(in: "/proc/\(pid)/ns") {
            hold(TextFile.link("/proc/\(pid)/ns/\(name)"))
        }
        for name in Descriptor.names(in: "/proc/\(pid)/fd") {
            hold(TextFile.link("/proc/\(pid)/fd/\(name)"))
        }
        // The mounts of each namespace are listed by the first process that is met in it.
        if let own = TextFile.link("/proc/\(pid)/ns/mnt"), seen.insert(own).inserted {
            addMounts(of: pid, namespace: own)
        }
    }

    /// Whether the process stands still with its control group: /proc/PID/stat does not show that.
    private static func isFrozen(_ pid: Int32) -> Bool {
        guard let root = ControlGroup.root,
            let line = TextFile.lines("/proc/\(pid)/cgroup").first(where: { $0.hasPrefix("0::") })
        else { return false }
        let group = root + line.dropFirst(3)
        return TextFile.lines("\(group)/cgroup.events").contains("frozen 1")
            || TextFile.lines("\(group)/cgroup.freeze").contains("1")
    }

    /// Notes a link when it leads to a namespace: `net:[4026531840]` (namespaces(7)).
    private mutating func hold(_ link: String?) {
        guard let link, let colon = link.firstIndex(of: ":"), link[colon...].hasPrefix(":["),
            Self.kinds.contains(String(link[..<colon]))
        else { return }
        namespaces[link] = "there"
    }

    private static let kinds: Set<String> = [
        "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts",
    ]

    private mutating func addMounts(of pid: Int32, namespace: String) {
        for line in TextFile.lines("/proc/\(pid)/mountinfo") {
            // proc_pid_mountinfo(5): number, parent, device, root, point, options, … - type, source.
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields.firstIndex(of: "-") else { continue }
            let tail = fields[(dash + 1)...].joined(separator: " ")
            let key = "\(fields[4]) in \(namespace)"
            mounts[key] =
                (mounts[key].map { $0 + ", " } ?? "") + "\(fields[3]) \(fields[5]) \(tail)"
            // A namespace that a mount keeps, as `ip netns` does.
            hold(String(fields[3]))
        }
    }
}

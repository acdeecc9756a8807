/// The fields of `/proc/PID/stat` that Firedrill uses (proc(5)).
struct ProcessStatus: Equatable {
    var pid: Int32
    var state: Character
    var parent: Int32
    var session: Int32
    var startTime: UInt64
    /// Processor time in ticks, with that of children that ended and were waited for.
    var ticks: UInt64

    /// Parses one line; the command name in parentheses may itself hold spaces and parentheses.
    init?(_ line: String) {
        guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")"),
            let pid = Int32(line[..<open].filter { $0 != " " })
        else { return nil }
        // Field 3, the state, is the first after the name.
        let fields = line[line.index(after: close)...].split { $0 == " " || $0 == "\n" }
        guard fields.count >= 20, let state = fields[0].first, let parent = Int32(fields[1]),
            let session = Int32(fields[3]), let startTime = UInt64(fields[19])
        else { return nil }
        self.pid = pid
        self.state = state
        self.parent = parent
        self.session = session
        self.startTime = startTime
        // utime, stime, cutime, cstime: the last two are signed in the kernel.
        ticks = fields[11..<15].reduce(0) { $0 + (UInt64($1) ?? 0) }
    }

    /// The status of a process that exists now, zombies included.
    init?(of pid: Int32) {
        guard let text = SmallFile.text("/proc/\(pid)/stat") else { return nil }
        self.init(text)
    }

    var identity: ProcessIdentity { ProcessIdentity(pid: pid, startTime: startTime) }
}

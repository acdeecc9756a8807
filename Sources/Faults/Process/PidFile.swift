import Glibc
import Kernel

/// A file in which a service has left the number of its process.
struct PidFile {
    /// The number; nil when the file holds none.
    let pid: Int32?
    private let status: FileStatus

    /// How much later than the file its process may have begun: a supervisor may write the number
    /// while the process starts, and both times are rounded.
    private static let slack: Int64 = 10_000_000_000

    /// Reads it; throws ``KernelError`` when it cannot be read, or is no regular file.
    init(_ path: String) throws {
        // A symbolic link is followed here, for the kernel is told not to.
        let real = realpath(path, nil)
        defer { free(real) }
        // A pipe would be waited for.
        let file = try Descriptor.open(
            real.map { String(cString: $0) } ?? path, flags: O_RDONLY | O_NONBLOCK)
        status = try file.status()
        guard status.isRegular else {
            throw KernelError(
                call: "open", object: path, reason: .refused("it is no regular file"))
        }
        let text = String(decoding: try file.readAll(limit: 256), as: UTF8.self)
        pid = text.split(whereSeparator: \.isWhitespace).first.flatMap { Int32($0) }
            .flatMap { $0 > 0 ? $0 : nil }
    }

    /// Why the process of the number need not be the one that is meant; nil when nothing speaks
    /// against it.
    func objection(to process: ProcessIdentity) -> String? {
        var trusted: Set<UInt32> = [0, geteuid()]
        if let users = ProcessUsers(of: process.pid) {
            trusted.formUnion([users.real, users.effective])
        }
        if !trusted.contains(status.owner) {
            return "the file belongs to user \(status.owner), who could write any number into it"
        }
        if status.permissions & 0o002 != 0 {
            return "everybody could write another number into the file"
        }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let time = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
        let second = Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let begun = Int64(clamping: process.startTime) * (1_000_000_000 / second)
        return Self.objection(fileAge: time - status.modifiedAt, processAge: BootClock.now - begun)
    }

    /// The same by the two ages, in nanoseconds; pure.
    static func objection(fileAge: Int64, processAge: Int64) -> String? {
        let later = fileAge.subtractingReportingOverflow(processAge)
        guard !later.overflow, later.partialValue > slack else { return nil }
        return "that process began \(DurationText(nanoseconds: Double(later.partialValue))) after "
            + "the file was written: the number may be another's by now"
    }
}

import Glibc

/// A control group whose processes read and write one disk no faster than so much.
public struct ThrottleGroup: Sendable, CustomStringConvertible {
    /// The absolute path of its directory.
    public let path: String
    private let version: ThrottlePlace.Version

    /// Makes an empty group; what it was made for is bounded by ``setLimit(_:of:)``.
    public static func make(
        _ name: String, in place: ThrottlePlace
    ) throws(KernelError) -> ThrottleGroup {
        let path = "\(place.directory)/\(name)"
        guard mkdir(path, 0o755) == 0 else {
            throw KernelError(call: "mkdir", object: path, reason: .errno(errno))
        }
        return ThrottleGroup(path: path, version: place.version)
    }

    /// What may be read and written in a second, each by itself; nil leaves it open.
    public struct Limit: Sendable, Equatable {
        public var bytes: Int64?
        public var operations: Int64?

        public init(bytes: Int64?, operations: Int64?) {
            self.bytes = bytes
            self.operations = operations
        }
    }

    /// Bounds what the group may do to a disk; `device` is its number as stat(2) tells it.
    public func setLimit(_ limit: Limit, of device: UInt64) throws(KernelError) {
        let name = Self.name(of: device)
        switch version {
        case .io:
            let (bytes, operations) = (Self.text(limit.bytes), Self.text(limit.operations))
            try write(
                "\(name) rbps=\(bytes) wbps=\(bytes) riops=\(operations) wiops=\(operations)",
                to: "io.max")
        case .blkio:
            for direction in ["read", "write"] {
                if let bytes = limit.bytes {
                    try write(
                        "\(name) \(bytes)", to: "blkio.throttle.\(direction)_bps_device")
                }
                if let operations = limit.operations {
                    try write(
                        "\(name) \(operations)", to: "blkio.throttle.\(direction)_iops_device")
                }
            }
        }
    }

    /// Lets everything through again, also what waits already: that would go on at its slow pace.
    public func removeLimits(of device: UInt64) throws(KernelError) {
        switch version {
        case .io: try setLimit(Limit(bytes: nil, operations: nil), of: device)
        case .blkio:
            // 0 takes a rule out.
            try setLimit(Limit(bytes: 0, operations: 0), of: device)
        }
    }

    /// What the kernel says that may be written to a disk; nil where nothing is bounded.
    public func limit(of device: UInt64) -> Limit {
        let name = Self.name(of: device)
        switch version {
        case .io:
            let fields = line("io.max", of: name)
            func number(_ key: String) -> Int64? {
                fields.first { $0.hasPrefix(key) }.flatMap { Int64($0.dropFirst(key.count)) }
            }
            return Limit(bytes: number("wbps="), operations: number("wiops="))
        case .blkio:
            func number(_ file: String) -> Int64? {
                line("blkio.throttle.write_\(file)_device", of: name).first.flatMap { Int64($0) }
            }
            return Limit(bytes: number("bps"), operations: number("iops"))
        }
    }

    /// Moves a process into it, with all its threads.
    public func add(_ process: ProcessIdentity) throws(KernelError) {
        try write("\(process.pid)", to: "cgroup.procs")
    }

    /// Every process in it.
    public var processes: [ProcessIdentity] {
        (SmallFile.text("\(path)/cgroup.procs") ?? "").split(separator: "\n")
            .compactMap { Int32($0) }.compactMap { ProcessTable.identity(of: $0) }
    }

    /// Moves every process of it to another group, by that one's directory.
    public func empty(into directory: String) throws(KernelError) {
        for process in processes {
            do throws(KernelError) {
                try Self.write("\(process.pid)", to: "\(directory)/cgroup.procs")
            } catch {
                // One that has just ended needs no place.
                guard error.number != ESRCH else { continue }
                throw error
            }
        }
    }

    /// Removes it when it is empty; true when it is gone.
    public func remove() -> Bool { rmdir(path) == 0 || errno == ENOENT }

    /// Whether it is there.
    public var exists: Bool { FileStatus.of(path) != nil }

    /// `control group /sys/fs/cgroup/blkio/firedrill-…`.
    public var description: String { "control group \(path)" }

    /// `7:4`, by the encoding of makedev(3).
    static func name(of device: UInt64) -> String {
        let major = (device >> 8 & 0xfff) | (device >> 32 & ~0xfff)
        let minor = (device & 0xff) | (device >> 12 & ~0xff)
        return "\(major):\(minor & 0xffff_ffff)"
    }

    private static func text(_ number: Int64?) -> String { number.map { "\($0)" } ?? "max" }

    /// The words of a file's line behind a device's name.
    private func line(_ file: String, of device: String) -> [Substring] {
        for line in (SmallFile.text("\(path)/\(file)") ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.first.map(String.init) == device { return Array(words.dropFirst()) }
        }
        return []
    }

    private func write(_ text: String, to file: String) throws(KernelError) {
        try Self.write(text, to: "\(path)/\(file)")
    }

    private static func write(_ text: String, to path: String) throws(KernelError) {
        let file = try Descriptor.open(path, flags: O_WRONLY)
        let bytes = Array(text.utf8)
        guard Glibc.write(file.number, bytes, bytes.count) == bytes.count else {
            throw KernelError(call: "write '\(text)'", object: path, reason: .errno(errno))
        }
    }
}

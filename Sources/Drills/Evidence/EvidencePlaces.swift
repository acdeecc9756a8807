import Glibc
import Kernel

/// The directories in which a user's drills have left evidence: a list that every drill keeps up.
///
/// A history of all drills has to find them wherever they were run.
public struct EvidencePlaces: Sendable {
    /// One directory of evidence, and who says so.
    public struct Place: Sendable, Hashable {
        public var path: String
        /// The number of the user in whose list it stands.
        public var owner: UInt32

        public init(path: String, owner: UInt32) {
            self.path = path
            self.owner = owner
        }
    }

    private static let fileName = "evidence.list"
    private static let host = "/var/lib/firedrill"
    /// The longest list that is read, in bytes.
    private static let limit = 1 << 20

    private let own: String
    private let read: [String]

    /// - Parameters:
    ///   - stateDirectory: a state directory that was named, which then holds the only list.
    ///   - home: the user's home directory, where one without root's rights keeps the list.
    public init(stateDirectory: String?, home: String?) {
        if let stateDirectory {
            own = stateDirectory
            read = [stateDirectory]
        } else if geteuid() == 0 {
            own = Self.host
            read = [Self.host] + Self.homes.map { "\($0)/.local/state/firedrill" }
        } else {
            own = "\(home ?? "/tmp")/.local/state/firedrill"
            read = [own]
        }
    }

    private static var homes: [String] {
        var homes: [String] = []
        setpwent()
        defer { endpwent() }
        while let entry = getpwent() { homes.append(String(cString: entry.pointee.pw_dir)) }
        return homes
    }

    /// Puts a directory on this user's list when it is not there yet; makes it when it is missing.
    public func note(_ root: String) throws {
        mkdir(root, 0o700)
        guard let resolved = realpath(root, nil) else {
            throw KernelError(call: "realpath", object: root, reason: .errno(errno))
        }
        defer { free(resolved) }
        let path = String(cString: resolved)
        guard !path.contains("\n") else { return }
        if lines(in: own)?.lines.contains(path) == true { return }
        try makeDirectory()
        let file = try Descriptor.open(
            "\(own)/\(Self.fileName)", flags: O_WRONLY | O_APPEND | O_CREAT, mode: 0o600)
        // One write of one line: two drills that begin at once do not mix theirs.
        let line = Array((path + "\n").utf8)
        guard Glibc.write(file.number, line, line.count) == line.count else {
            throw KernelError(
                call: "write", object: "\(own)/\(Self.fileName)", reason: .errno(errno))
        }
    }

    /// Every directory on a list that this user may read, each once for each owner.
    public func all() -> [Place] {
        var seen: Set<Place> = []
        return read.flatMap { directory -> [Place] in
            guard let (lines, owner) = lines(in: directory) else { return [] }
            return lines.map { Place(path: $0, owner: owner) }
        }.filter { seen.insert($0).inserted }
    }

    private func lines(in directory: String) -> (lines: [String], owner: UInt32)? {
        guard
            let file = try? Descriptor.openRegular("\(directory)/\(Self.fileName)"),
            let status = try? file.status(),
            let bytes = try? file.readAll(limit: Self.limit)
        else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n")).map {
            String(decoding: $0, as: UTF8.self)
        }
        return (lines.filter { $0.hasPrefix("/") }, status.owner)
    }

    private func makeDirectory() throws {
        var path = ""
        for component in own.split(separator: "/") {
            path += "/\(component)"
            guard mkdir(path, own == Self.host ? 0o755 : 0o700) == 0 || errno == EEXIST else {
                throw KernelError(call: "mkdir", object: path, reason: .errno(errno))
            }
        }
    }
}

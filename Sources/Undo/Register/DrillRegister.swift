import FoundationEssentials
import Glibc
import Kernel

/// The drills of a host, whoever runs them and wherever their undo records lie.
///
/// One file a drill in a directory that every user may write to and nobody may remove another's from
/// (mode 1777). A file is believed only about processes of its owner's, so that the worst that can be
/// done with a forged one is done to the forger. Drills of another process namespace are not seen:
/// their process numbers mean nothing here, and they obey halt orders by themselves.
public struct DrillRegister: Sendable {
    /// Where entries may be; each is written to the first that can be, and looked for in all.
    let directories: [String]

    /// The register of this host; the first directory is made by root's first drill.
    public static let host = DrillRegister(directories: ["/run/firedrill-drills", "/dev/shm"])

    static let prefix = "firedrill-"
    static let suffix = ".json"
    /// The longest entry that is read, in bytes.
    private static let limit = 4 << 20

    /// - Parameter directories: where entries may be, the preferred first.
    public init(directories: [String]) {
        self.directories = directories
    }

    /// Every drill that runs, or whose faults nobody has taken out in full.
    public func drills() -> [RegisteredDrill] {
        entries().filter { $0.isAlive || $0.isGuarded || $0.isUnsettled }
    }

    /// The drills and what they have of the host, but for the one that asks.
    public func others(besides drill: String?) -> [OtherDrill] {
        drills().filter { $0.drill != drill }.map { OtherDrill($0, use: $0.use) }
    }

    /// Every drill that runs and that this user may stop: root any, others their own.
    public func stoppable() -> [RegisteredDrill] {
        let user = geteuid()
        return entries().filter { (user == 0 || $0.owner == user) && $0.isAlive }
    }

    /// The state directories of drills that died and are not undone, and whose each is.
    ///
    /// - Returns: for root those of all users, for another user that user's own; each pair once.
    func unsettled() -> [RevertPlace] {
        let user = geteuid()
        var seen: Set<RevertPlace> = []
        return entries().filter { (user == 0 || $0.owner == user) && $0.isLeft }
            .map { RevertPlace(path: $0.stateDirectory, owner: $0.owner) }
            .filter { seen.insert($0).inserted }
    }

    /// Removes the entries of drills that are over, as far as this user may.
    public func sweep() {
        let user = geteuid()
        sweepUnfinished()
        for (directory, name) in names() {
            let path = "\(directory)/\(name)"
            guard let entry = read(path) else { continue }
            guard user == 0 || entry.owner == user else { continue }
            let isOfThisBoot = entry.contents.boot == BootIdentifier.current
            if isOfThisBoot, entry.contents.processNamespace != RegisteredDrill.processNamespace {
                continue
            }
            if isOfThisBoot, entry.isAlive || entry.isGuarded || entry.isUnsettled { continue }
            unlink(path)
        }
    }

    /// Removes this user's entry of a drill.
    public func remove(_ drill: String) {
        for directory in directories {
            let path = "\(directory)/\(Self.name(of: drill))"
            if FileStatus.of(path)?.owner == geteuid() { unlink(path) }
        }
    }

    /// Whether a drill's entry is where it was put.
    func holds(_ drill: String) -> Bool {
        directories.contains {
            FileStatus.of("\($0)/\(Self.name(of: drill))")?.owner == geteuid()
        }
    }

    /// Puts a drill's entry in the place of its last one; throws when there is nowhere to.
    func write(_ contents: RegisteredDrill.Contents) throws {
        let bytes = Array(try JSONEncoder().encode(contents))
        var failure: (any Error)?
        for (index, directory) in directories.enumerated() {
            if index == 0 { make(directory) }
            do {
                try write(bytes, of: contents.drill, in: directory)
                // Two entries would say two things, and whoever reads cannot tell which is true.
                return try remove(contents.drill, besides: directory)
            } catch {
                failure = failure ?? error
            }
        }
        throw UndoError(
            attempted: "enter the drill in", object: "the register of the host's drills",
            reason: failure.map { "\($0)" } ?? "it has no directory",
            remedy: "as root: install -d -m 1777 \(directories.first ?? "")")
    }

    /// Removes what is left of a drill's entry where it was written before.
    private func remove(_ drill: String, besides directory: String) throws {
        for other in directories where other != directory {
            let path = "\(other)/\(Self.name(of: drill))"
            guard FileStatus.of(path)?.owner == geteuid(), unlink(path) != 0, errno != ENOENT else {
                continue
            }
            throw KernelError(call: "unlink", object: path, reason: .errno(errno))
        }
    }

    /// Makes the directory for everybody, when this is root; others use it when it is there.
    ///
    /// Also one that root's drill left to itself when it was killed between making and opening it.
    private func make(_ path: String) {
        guard geteuid() == 0 else { return }
        mkdir(path, 0o700)
        guard let directory = try? Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY),
            let status = try? directory.status(), status.owner == 0,
            status.permissions == 0o700
        else { return }
        fchmod(directory.number, 0o1777)
    }

    private func write(_ bytes: [UInt8], of drill: String, in path: String) throws {
        let directory = try Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY)
        let status = try directory.status()
        // Where others may rename files, an entry would not stay the drill's own.
        let isShared = status.permissions & 0o022 != 0 && status.permissions & 0o1000 == 0
        guard [0, geteuid()].contains(status.owner), !isShared else {
            throw UndoError(
                attempted: "use", object: path,
                reason: "it belongs to user \(status.owner) and has mode "
                    + String(status.permissions, radix: 8))
        }
        let temporary = Self.unfinishedName(of: drill)
        unlinkat(directory.number, temporary, 0)
        let file = try Descriptor.open(
            temporary, below: directory, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        let name = Self.name(of: drill)
        guard Glibc.write(file.number, bytes, bytes.count) == bytes.count,
            fchmod(file.number, 0o644) == 0,
            renameat(directory.number, temporary, directory.number, name) == 0
        else {
            let reason = errno
            unlinkat(directory.number, temporary, 0)
            throw KernelError(call: "write", object: "\(path)/\(name)", reason: .errno(reason))
        }
    }

    /// The entries that can be understood here and now, the believable and the others.
    private func entries() -> [RegisteredDrill] {
        var seen: Set<String> = []
        return names().compactMap { directory, name in
            guard let entry = read("\(directory)/\(name)"),
                entry.contents.boot == BootIdentifier.current,
                entry.contents.processNamespace == RegisteredDrill.processNamespace,
                Self.name(of: entry.drill) == name,
                // Another user's entry of the same name must not hide this one.
                seen.insert("\(entry.owner) \(name)").inserted
            else { return nil }
            return entry
        }.sorted { $0.drill < $1.drill }
    }

    private func names() -> [(directory: String, name: String)] {
        directories.flatMap { directory in
            Descriptor.names(in: directory)
                .filter { $0.hasPrefix(Self.prefix) && $0.hasSuffix(Self.suffix) }
                .map { (directory, $0) }
        }
    }

    private func read(_ path: String) -> RegisteredDrill? {
        // Whatever else a stranger puts there, a pipe among it, must not hold this up.
        guard let file = try? Descriptor.openRegular(path),
            let owner = try? file.status().owner,
            let bytes = try? file.readAll(limit: Self.limit),
            let contents = try? JSONDecoder().decode(
                RegisteredDrill.Contents.self, from: Data(bytes)),
            contents.version == RegisteredDrill.Contents.currentVersion,
            UndoJournal.isFileName(contents.drill), contents.stateDirectory.hasPrefix("/")
        else { return nil }
        return RegisteredDrill(contents: contents, owner: owner)
    }

    private static func name(of drill: String) -> String { "\(prefix)\(drill)\(suffix)" }
}

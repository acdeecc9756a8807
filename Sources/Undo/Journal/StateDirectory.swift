import Glibc
import Kernel

/// The directory in which journals lie, ours alone.
public struct StateDirectory: Sendable {
    public let path: String
    let descriptor: Descriptor
    /// Whose it is: the number of a user.
    let owner: UInt32

    /// `/var/lib/firedrill/undo` for root, else `firedrill` below XDG_STATE_HOME or `~/.local/state`.
    ///
    /// On a disk, since what a drill leaves on one outlives a reboot. What means nothing to another
    /// boot does not lie here: the register of the drills that live is in `/run`
    /// (``DrillRegister``). Halt orders outlive a reboot too, and lie beside (``HaltOrders``).
    ///
    /// - Parameter environment: where XDG_STATE_HOME and HOME are looked up.
    public static func standardPath(environment: [String: String]) -> String {
        if geteuid() == 0 { return "\(HaltOrders.host)/undo" }
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            return "\(state)/firedrill"
        }
        return homePath(environment)
    }

    /// Every directory in which this user's records may lie, the standard one first.
    ///
    /// The others are those that are there: where earlier versions kept them, which a reboot
    /// empties, and where the same user's sessions without XDG_STATE_HOME do.
    ///
    /// - Parameter environment: where XDG_STATE_HOME, XDG_RUNTIME_DIR and HOME are looked up.
    public static func paths(environment: [String: String]) -> [String] {
        let own = standardPath(environment: environment)
        let user = geteuid()
        var others = ["/run/firedrill"]
        if user != 0 {
            let runtime = environment["XDG_RUNTIME_DIR"].map { ["\($0)/firedrill"] } ?? []
            others = runtime + ["/run/user/\(user)/firedrill", homePath(environment)]
        }
        var seen: Set<String> = [own]
        return [own]
            + others.filter { path in
                guard let status = FileStatus.of(path), status.isDirectory, status.owner == user
                else { return false }
                return seen.insert(path).inserted
            }
    }

    private static func homePath(_ environment: [String: String]) -> String {
        "\(environment["HOME"] ?? "/tmp")/.local/state/firedrill"
    }

    /// Opens a state directory, made with mode 0700 where it is missing.
    ///
    /// Refuses a symbolic link, another owner's directory, one that others may enter, and a path that
    /// others could lead elsewhere.
    public init(_ path: String) throws {
        guard path.hasPrefix("/") else {
            throw UndoError(
                attempted: "use the state directory", object: path,
                reason: "it is no absolute path", remedy: "let FIREDRILL_STATE begin with '/'")
        }
        self.path = path
        let isHostNew = FileStatus.of(HaltOrders.host) == nil
        // Who could lead the way elsewhere would have its orders followed there.
        let (parent, name) = try TrustedPath(trusting: TrustedPath.caller).openParent(of: path)
        // The host's order to halt lies there, for everybody to read.
        if isHostNew, FileStatus.of(HaltOrders.host) != nil { chmod(HaltOrders.host, 0o755) }
        if mkdirat(parent.descriptor.number, name, 0o700) == 0 {
            Self.syncNames(above: path)
        } else if errno != EEXIST {
            throw KernelError(call: "mkdirat", object: path, reason: .errno(errno))
        }
        descriptor = try parent.directory(name).descriptor
        let status = try descriptor.status()
        guard status.owner == geteuid(), status.permissions & 0o077 == 0 else {
            throw UndoError(
                attempted: "use the state directory", object: path,
                reason: "it belongs to user \(status.owner) and has mode "
                    + String(status.permissions, radix: 8),
                remedy: "remove it, or give it to this user with mode 700")
        }
        owner = status.owner
    }

    /// A journal in it is no safer from a crash of the host than the names that lead to it.
    private static func syncNames(above path: String) {
        var parent = "/"
        for component in path.split(separator: "/") {
            try? FileSync.sync([], in: parent)
            parent += "\(component)/"
        }
    }

    /// Opens a state directory that is there and may be another user's, to read journals in it.
    init(reading path: String) throws(KernelError) {
        self.path = path
        descriptor = try Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY)
        owner = try descriptor.status().owner
    }

    /// Every state directory that this user's word counts in: root's reaches all users'.
    ///
    /// Of another user's those in the standard places: what XDG_STATE_HOME and FIREDRILL_STATE say
    /// is known to that user's sessions alone.
    ///
    /// - Parameter environment: this user's, see ``paths(environment:)``.
    public static func reachable(environment: [String: String]) -> [String] {
        var paths = paths(environment: environment)
        guard geteuid() == 0 else { return paths }
        paths += Descriptor.names(in: "/run/user").map { "/run/user/\($0)/firedrill" }
        setpwent()
        defer { endpwent() }
        while let entry = getpwent() {
            paths.append("\(String(cString: entry.pointee.pw_dir))/.local/state/firedrill")
        }
        var seen: Set<String> = []
        return paths.filter { seen.insert($0).inserted && FileStatus.of($0)?.isDirectory == true }
    }

    /// Makes a directory below, for this user alone; one that is there must be a directory.
    func makeDirectory(_ name: String) throws {
        guard mkdirat(descriptor.number, name, 0o700) == 0 || errno == EEXIST else {
            throw KernelError(call: "mkdirat", object: "\(path)/\(name)", reason: .errno(errno))
        }
        _ = try Descriptor.open(name, below: descriptor, flags: O_RDONLY | O_DIRECTORY)
    }

    /// The drills that have a journal here, in alphabetical order.
    var drills: [String] {
        Descriptor.names(in: path).filter { $0.hasSuffix(Self.journalSuffix) && $0.first != "." }
            .map { String($0.dropLast(Self.journalSuffix.count)) }.sorted()
    }

    /// Removes both journals of a drill.
    func removeJournals(of drill: String) {
        unlinkat(descriptor.number, Self.journal(of: drill), 0)
        removeUndoneJournal(of: drill)
    }

    /// Removes what was to say which faults have been taken out.
    func removeUndoneJournal(of drill: String) {
        unlinkat(descriptor.number, Self.undoneJournal(of: drill), 0)
    }

    static func journal(of drill: String) -> String { drill + journalSuffix }
    static func undoneJournal(of drill: String) -> String { drill + ".undone" }

    static let journalSuffix = ".journal"
}

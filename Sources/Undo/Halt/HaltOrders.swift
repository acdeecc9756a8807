import FoundationEssentials
import Glibc
import Kernel
import Records

/// Where halt orders are kept, and which of them this user's drills obey.
///
/// An order outlives a reboot, so it does not lie where undo records do.
public struct HaltOrders: Sendable {
    /// The directory of this user's orders.
    let own: String
    /// The directories whose orders count; root's is always among them.
    let obeyed: [String]

    /// The order of the host lies here, for everybody to read and for root to write.
    static let host = "/var/lib/firedrill"
    private static let fileName = "halt.json"

    /// The state directory that was named; nil for the standard places.
    private let named: String?

    /// - Parameters:
    ///   - stateDirectory: a state directory that was named: an order for the drills that use it
    ///     lies there, and they obey it beside all others; nil for the standard places.
    ///   - home: the user's home directory, where one without root's rights keeps an order.
    public init(stateDirectory: String?, home: String?) {
        self.init(stateDirectory: stateDirectory, home: home, host: Self.host)
    }

    init(stateDirectory: String?, home: String?, host: String) {
        var obeyed = [host]
        if geteuid() != 0 { obeyed.append("\(home ?? "/tmp")/.local/state/firedrill") }
        if let stateDirectory { obeyed.append(stateDirectory) }
        self.init(own: obeyed.last ?? host, obeyed: obeyed, named: stateDirectory)
    }

    /// - Parameter obeyed: the directories whose orders count, the host's first.
    init(own: String, obeyed: [String], named: String? = nil) {
        self.own = own
        self.obeyed = obeyed
        self.named = named
    }

    /// Where this user's own order lies.
    public var directory: String { own }

    /// The command that lifts this user's own order.
    public var resumeCommand: String { resumeCommand(for: own) }

    /// The command that lifts an order, wherever somebody types it.
    private func resumeCommand(for directory: String) -> String {
        if directory == named {
            return "FIREDRILL_STATE=\(ShellWord.quoted(directory)) firedrill resume"
        }
        return (named == nil ? "" : "env -u FIREDRILL_STATE ") + "firedrill resume"
    }

    /// The order in force, or nil.
    ///
    /// An order that is there and cannot be read is in force: nobody knows that it is not.
    public func standing() -> HaltOrder? { inForce()?.order }

    /// The order in force, where it lies, and what lifts it; nil when there is none.
    public func inForce() -> StandingOrder? {
        for directory in obeyed {
            do {
                let path = "\(directory)/\(Self.fileName)"
                let descriptor = try Descriptor.openRegular(path)
                let bytes = try descriptor.readAll(limit: 1 << 20)
                do {
                    let order = try JSONDecoder().decode(HaltOrder.self, from: Data(bytes))
                    return standing(order, directory)
                } catch {
                    let order = HaltOrder(
                        reason: "\(path) cannot be understood",
                        user: try descriptor.status().owner, givenAt: 0)
                    return standing(order, directory)
                }
            } catch  where [ENOENT, ENOTDIR].contains(error.number) {
                continue
            } catch {
                let order = HaltOrder(reason: "\(error)", user: geteuid(), givenAt: 0)
                return standing(order, directory)
            }
        }
        return nil
    }

    private func standing(_ order: HaltOrder, _ directory: String) -> StandingOrder {
        let isRoots = directory == obeyed.first && directory != named && geteuid() != 0
        return StandingOrder(
            order: order, directory: directory,
            remedy: "`\(resumeCommand(for: directory))`" + (isRoots ? " as root" : "")
                + " lifts the order")
    }

    /// Puts an order in force; returns false when one of this user's is already, which then stays.
    public func give(_ order: HaltOrder) throws -> Bool {
        try makeDirectory()
        let directory = try Descriptor.open(own, flags: O_RDONLY | O_DIRECTORY)
        let file = try Descriptor.openUnnamed(in: own)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try file.writeDurably(Array(try encoder.encode(order)), at: 0)
        guard fchmod(file.number, 0o644) == 0 else {
            throw KernelError(call: "fchmod", object: own, reason: .errno(errno))
        }
        do {
            try file.link(as: Self.fileName, in: directory)
            return true
        } catch  where error.number == EEXIST {
            return false
        }
    }

    /// Takes this user's order out of force; returns false when there was none.
    public func lift() throws -> Bool {
        let path = "\(own)/\(Self.fileName)"
        guard unlink(path) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return false }
            throw KernelError(call: "unlink", object: path, reason: .errno(errno))
        }
        let directory = try Descriptor.open(own, flags: O_RDONLY | O_DIRECTORY)
        guard fsync(directory.number) == 0 else {
            throw KernelError(call: "fsync", object: own, reason: .errno(errno))
        }
        return true
    }

    private func makeDirectory() throws {
        var path = ""
        for component in own.split(separator: "/") {
            path += "/\(component)"
            guard mkdir(path, 0o700) == 0 else {
                if errno == EEXIST { continue }
                throw KernelError(call: "mkdir", object: path, reason: .errno(errno))
            }
            // Everybody may read the host's order, whatever the umask is; a user's own lies beside
            // undo records.
            guard isHosts else { continue }
            try permit(path)
        }
        // Earlier versions heeded the umask.
        if isHosts { try permit(path) }
    }

    private var isHosts: Bool { own == obeyed.first && own != named }

    /// Lets everybody enter a directory of this user's.
    private func permit(_ path: String) throws {
        let directory = try Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY)
        let status = try directory.status()
        guard status.owner == geteuid(), status.permissions & 0o055 != 0o055 else { return }
        guard fchmod(directory.number, status.permissions | 0o755) == 0 else {
            throw KernelError(call: "fchmod", object: path, reason: .errno(errno))
        }
    }
}

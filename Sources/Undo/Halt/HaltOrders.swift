import FoundationEssentials
import Glibc
import Kernel

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
        self.init(own: obeyed.last ?? host, obeyed: obeyed)
    }

    init(own: String, obeyed: [String]) {
        self.own = own
        self.obeyed = obeyed
    }

    /// The order in force, or nil.
    ///
    /// An order that is there and cannot be read is in force: nobody knows that it is not.
    public func standing() -> HaltOrder? {
        for directory in obeyed {
            do {
                let path = "\(directory)/\(Self.fileName)"
                let descriptor = try Descriptor.openRegular(path)
                let bytes = try descriptor.readAll(limit: 1 << 20)
                do {
                    return try JSONDecoder().decode(HaltOrder.self, from: Data(bytes))
                } catch {
                    return HaltOrder(
                        reason: "\(path) cannot be understood",
                        user: try descriptor.status().owner, givenAt: 0)
                }
            } catch  where [ENOENT, ENOTDIR].contains(error.number) {
                continue
            } catch {
                return HaltOrder(reason: "\(error)", user: geteuid(), givenAt: 0)
            }
        }
        return nil
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
            // Everybody may read the host's order; a user's own lies beside undo records.
            guard mkdir(path, own == Self.host ? 0o755 : 0o700) == 0 || errno == EEXIST else {
                throw KernelError(call: "mkdir", object: path, reason: .errno(errno))
            }
        }
    }
}

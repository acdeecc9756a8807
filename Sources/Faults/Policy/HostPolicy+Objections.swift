import Kernel
public import Playbooks

extension HostPolicy {
    /// How messages call the policy.
    private var title: String { file.isEmpty ? "the host's policy" : "the policy \(file)" }

    /// Why a process may not be hit; nil when it may.
    public func objection(to traits: ProcessTraits) -> String? {
        for pattern in protectedProcesses {
            guard let expression = try? Regex(pattern) else { continue }
            if traits.commandLine.contains(expression) {
                return "\(title) protects processes like '\(pattern)'"
            }
        }
        if let user = protectedUsers.first(where: traits.users.contains) {
            return "\(title) protects the processes of user \(user)"
        }
        if let user = protectedUsers.first(where: traits.unknownUsers.contains) {
            return "\(title) protects user \(user), and this host cannot say now who that is"
        }
        if let port = protectedPorts.first(where: traits.ports.contains) {
            return "\(title) protects port \(port), on which it listens"
        }
        return nil
    }

    /// Why an interface may not be touched; nil when it may.
    ///
    /// - Parameters:
    ///   - defaults: the interfaces of the host's default routes.
    ///   - isSame: whether two names mean one interface.
    public func objection(
        toInterface name: String, defaults: Set<String>,
        isSame: (String, String) -> Bool = { $0 == $1 }
    ) -> String? {
        func isAmong(_ names: some Sequence<String>) -> Bool { names.contains { isSame($0, name) } }
        if isAmong(protectedInterfaces) { return "\(title) protects interface \(name)" }
        if isAmong(defaults), !isAmong(allowedInterfaces) {
            return "the host is reached over \(name), which its default route leads over, and "
                + (file.isEmpty ? "no policy in \(Self.standardPath)" : title)
                + " names it in allow.interfaces"
        }
        return nil
    }

    /// Why a file system may not be touched; nil when it may.
    ///
    /// By what it is, not by where it is mounted: a bind of a directory of `/` is `/`.
    ///
    /// - Parameter isForeign: whether it is none of the testbed's own.
    public func objection(
        toFileSystem mountPoint: String, isForeign: Bool, disks: HostDisks = .unknown
    ) -> String? {
        if let tenant = disks.tenant(of: mountPoint, isForeign: isForeign),
            !disks.isNamed(mountPoint, by: allowedPaths)
        {
            let place = tenant == mountPoint ? "" : " (\(tenant))"
            return "the host itself lives in this file system\(place), and "
                + (file.isEmpty ? "no policy in \(Self.standardPath)" : title)
                + " names it in allow.paths"
        }
        let protected = protectedPaths.first { path in
            isForeign && (Self.lies(path, in: mountPoint) || Self.lies(mountPoint, in: path))
                || disks.areSame(path, mountPoint)
        }
        return protected.map { "\(title) protects \($0)" }
    }

    private static func lies(_ path: String, in directory: String) -> Bool {
        path == directory || path.hasPrefix(directory == "/" ? "/" : directory + "/")
    }
}

extension AimedObject {
    /// The ports whose packets it may touch; nil for an object that is no packets.
    var ports: [ClosedRange<Int>]? {
        func widened(_ range: ClosedRange<UInt16>?) -> ClosedRange<Int>? {
            range.map { Int($0.lowerBound)...Int($0.upperBound) }
        }
        switch self {
        case .interface(_, let port), .flow(_, _, let port): return [port...port]
        case .packets(_, let aim), .rules(_, let aim):
            return [aim.sourcePorts, aim.destinationPorts].compactMap(widened)
        default: return nil
        }
    }
}

extension [ClosedRange<Int>] {
    func contains(_ port: Int) -> Bool { contains { $0.contains(port) } }
}

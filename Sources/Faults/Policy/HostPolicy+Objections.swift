import Kernel
public import Playbooks

extension HostPolicy {
    /// How messages call the policy.
    private var title: String { file.isEmpty ? "the host's policy" : "the policy \(file)" }

    /// Why a process may not be hit; nil when it may.
    public func objection(to traits: ProcessTraits) -> String? {
        for pattern in protectedProcesses {
            guard let expression = try? TextPattern(pattern) else { continue }
            // One too long to be looked at as a whole may be among them.
            if expression.isFound(in: traits.commandLine) != false {
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
    /// Whether it is packets, and one of their ends is named by this port.
    func names(port: Int) -> Bool {
        switch self {
        case .interface(_, let own), .flow(_, _, let own): own == port
        case .packets(_, let aim), .rules(_, let aim):
            [aim.sourcePorts, aim.destinationPorts].contains { $0.map { $0 ~= port } ?? false }
        default: false
        }
    }

    /// Whether it is packets of which an end that is not named may be this port.
    ///
    /// A service answers to ports that the kernel of its client chose: a range of those at one end
    /// means any service at the other.
    func mayReach(port: Int) -> Bool {
        switch self {
        case .packets(_, let aim), .rules(_, let aim):
            switch (aim.sourcePorts, aim.destinationPorts) {
            case (nil, nil): true
            case (nil, let other?), (let other?, nil): other.mayBeOfClient
            default: false
            }
        default: false
        }
    }
}

extension ClosedRange<UInt16> {
    /// Whether ports that a kernel chooses for clients, from 1024 on, are among these; a single one
    /// is a service's.
    var mayBeOfClient: Bool { upperBound >= 1024 && count > 1 }

    fileprivate static func ~= (range: Self, port: Int) -> Bool {
        (Int(range.lowerBound)...Int(range.upperBound)).contains(port)
    }
}

import Glibc
import Kernel
public import Playbooks

extension HostPolicy {
    /// What the policy names and this host does not have: a misspelt protection protects nothing.
    ///
    /// One sentence each. No error, for what is missing now may come.
    public var warnings: [String] {
        warnings(
            hasUser: { UserTable.look(up: $0) != .absent },
            hasInterface: { if_nametoindex($0) != 0 }, hasPath: { access($0, F_OK) == 0 })
    }

    /// The same, of a host that is described; pure.
    func warnings(
        hasUser: (String) -> Bool, hasInterface: (String) -> Bool, hasPath: (String) -> Bool
    ) -> [String] {
        func missing(
            _ key: String, _ what: String, _ names: [String], _ isThere: (String) -> Bool
        ) -> [String] {
            names.filter { !isThere($0) }.map { "\(key): this host has no \(what) \($0)" }
        }
        // Interfaces of other namespaces are written `eth1 in /run/netns/a`; only ours can be asked.
        let own = { (names: [String]) in names.filter { !$0.contains(" in ") } }
        return missing("protect.users", "user", protectedUsers, hasUser)
            + missing(
                "protect.interfaces", "interface", own(protectedInterfaces), hasInterface)
            + missing("protect.paths", "path", protectedPaths, hasPath)
            + missing("allow.interfaces", "interface", own(allowedInterfaces), hasInterface)
            + missing("allow.paths", "path", allowedPaths, hasPath)
    }
}

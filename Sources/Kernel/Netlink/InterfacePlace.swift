import Glibc

/// A network interface by what it is, found by whatever somebody calls it.
///
/// One interface may have alternative names, and one namespace many paths: limits, policies and locks
/// that compared names would be passed by with another one. The namespace is held open.
public struct InterfacePlace: Sendable {
    /// Tells interfaces apart as long as they are there.
    struct Key: Hashable {
        var index: Int32
        var device: UInt64
        var inode: UInt64
    }

    public let index: Int32
    /// The kernel's own name of it, never an alternative one.
    public let name: String
    /// The namespace that it is in; nil for that of the thread which looked.
    public let namespace: NamedNetworkNamespace?
    let key: Key

    /// Finds an interface; throws when it, or the namespace, is not there.
    ///
    /// - Parameter path: the absolute path of a network namespace; nil for the calling thread's.
    public init(_ interface: String, in path: String?) throws {
        let own = try NamedNetworkNamespace(path: "/proc/thread-self/ns/net").identity
        let named = try path.map { path in try NamedNetworkNamespace(path: path) }
        let other = named.flatMap { $0.identity.isSame(as: own) ? nil : $0 }
        let find = {
            let index = try NetworkInterface.index(of: interface)
            return (index, NetworkInterface.name(of: index) ?? interface)
        }
        (index, name) = try other?.inside(find) ?? find()
        namespace = other
        let identity = other?.identity ?? own
        key = Key(index: index, device: identity.device, inode: identity.inode)
    }

    /// Finds what a limit, a policy or a plan names: `eth1`, `eth1 in /run/netns/a`; nil when it is
    /// not there, or may not be looked at.
    public init?(words: String) {
        let separator = " in /"
        let cut = words.firstIndex(of: " ").flatMap { space in
            words[space...].hasPrefix(separator) ? space : nil
        }
        let path = cut.map { String(words[$0...].dropFirst(separator.count - 1)) }
        try? self.init(String(words[..<(cut ?? words.endIndex)]), in: path)
    }

    /// Whether it is the loopback of its namespace, which has this index in each (LOOPBACK_IFINDEX).
    public var isLoopback: Bool { index == 1 }

    /// The path of its namespace; nil for that of the thread which looked.
    public var path: String? { namespace?.identity.path }

    /// What is the same for all who mean this interface: `eth1 in net:[4026531840]`.
    public var lockName: String { "\(name) in net:[\(key.inode)]" }

    /// Whether two names mean one interface; those of none that is there are compared as text.
    public static func areSame(_ first: String, _ second: String) -> Bool {
        if first == second { return true }
        guard let first = InterfacePlace(words: first) else { return false }
        return first.key == InterfacePlace(words: second)?.key
    }
}

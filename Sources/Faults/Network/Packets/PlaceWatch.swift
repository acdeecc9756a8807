import Kernel

/// Whether the interface that a fault is on, and its network namespace, are still there.
struct PlaceWatch: Sendable {
    /// `n3`, without its namespace.
    let interface: String
    let index: Int32
    /// Nil for the drill's own.
    let namespace: NamedNetworkNamespace?

    /// How often it is asked while a fault is in.
    static let period = Duration.milliseconds(100)

    init(_ place: PacketPlace) {
        interface = place.packets.interface
        index = place.index
        namespace = place.namespace
    }

    /// What is gone: `interface n3`, `network namespace /run/netns/a`; nil while all is there.
    ///
    /// A namespace that is held open lives on when its name is deleted, and nobody else's packets
    /// come there any more, so that its name is asked for too.
    func missing() -> String? {
        do {
            guard let namespace else {
                return NetworkInterface.name(of: index) == nil ? "interface \(interface)" : nil
            }
            let path = namespace.identity.path
            guard let named = try? NamedNetworkNamespace(path: path),
                named.identity == namespace.identity
            else { return "network namespace \(path)" }
            let isThere = try namespace.inside { NetworkInterface.name(of: index) != nil }
            return isThere ? nil : "interface \(interface) in \(path)"
        } catch {
            return "network namespace of interface \(interface) (\(error))"
        }
    }
}

import Playbooks

/// What a network fault is aimed at: links of the testbed, or packets over an interface.
enum NetworkAim {
    case link(Selector.Link)
    case packets(PacketSelection)

    init(_ step: FaultStep) throws {
        if let packets = step.selector?.packets {
            self = .packets(try PacketSelection(packets, step: step))
        } else if let link = step.selector?.link {
            self = .link(link)
        } else {
            throw step.problem(
                "it is aimed at no link and no interface",
                "say 'on: { link: clients to primary }' or 'on: { interface: eth1, to: ... }'")
        }
    }

    /// The objects as a plan names them.
    var objects: [String] {
        switch self {
        case .link(let link):
            ["link \(link.source) to \(link.destination), resolved when the step begins"]
        case .packets(let packets): packets.located.objects.map(\.description)
        }
    }
}

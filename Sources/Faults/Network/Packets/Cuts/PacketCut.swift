import Glibc
import Kernel

/// The rules that cut packets of an interface, and those that count what passes all the same; pure.
///
/// Packets vanish where they meet the interface itself, behind what this host's own sockets are told
/// of a send, so that no sender is told. Refused are the connections of this host's own sockets.
struct PacketCut: Sendable {
    /// What becomes of aimed packets.
    enum Loss: Sendable {
        case everything
        /// What carries a payload: connections stand, and answers are lost.
        case payload
        /// Connections get a reset.
        case refused
    }

    let packets: PacketSelection
    /// The index of the interface.
    let index: Int32
    let loss: Loss
    /// Local ports of TCP that nothing is cut at, by which people reach this host.
    var spared: [UInt16] = []

    /// Asked behind the cut, and behind what else a host may do at these places.
    private static let witnessPriority: Int32 = 400

    /// What cuts, one chain for each direction.
    var chains: [NftablesChain] {
        packets.directions.map { direction in
            NftablesChain(
                name: "cut-\(direction.rawValue)", hook: hook(direction),
                rules: sparing(direction, at: hook(direction))
                    + matches(direction, at: hook(direction)).map {
                        NftablesRule($0, loss == .refused ? .reset : .drop)
                    })
        }
    }

    /// What counts the packets that passed the cut, one chain for each direction: those of each aim,
    /// and last all together.
    var passages: [NftablesChain] {
        packets.directions.map { direction in
            let hook = witnessHook(direction)
            let all = matches(direction, at: hook) + [bound(FlowMatch(), direction, at: hook)]
            return NftablesChain(
                name: "passed-\(direction.rawValue)", hook: hook, priority: Self.witnessPriority,
                rules: sparing(direction, at: hook)
                    + all.map { NftablesRule($0, .count) })
        }
    }

    /// What counts the refusals that leave for the senders of aimed packets, one chain for each
    /// direction of the aim; none where packets vanish.
    var refusals: [NftablesChain] {
        guard loss == .refused else { return [] }
        return packets.directions.map { direction in
            NftablesChain(
                name: "refused-\(direction.rawValue)", hook: .postrouting,
                priority: Self.witnessPriority,
                rules: packets.aims(direction).map {
                    NftablesRule(refusal(of: $0, direction), .count)
                })
        }
    }

    /// Refusals go the way back: to the host's own sockets inside the host, to others by the
    /// interface.
    private func refusal(
        of aim: PacketAim, _ direction: PacketSelection.Direction
    ) -> FlowMatch {
        FlowMatch(
            outgoing: direction == .ingress ? index : nil, source: aim.destination,
            destination: aim.source, transport: .tcp, sourcePorts: aim.destinationPorts,
            destinationPorts: aim.sourcePorts, resets: .only)
    }

    private func hook(_ direction: PacketSelection.Direction) -> NftablesChain.Hook {
        switch (direction, loss) {
        case (.egress, .refused): .output
        case (.ingress, .refused): .input
        case (.egress, _): .egress(interface: packets.interface)
        case (.ingress, _): .ingress(interface: packets.interface)
        }
    }

    private func witnessHook(_ direction: PacketSelection.Direction) -> NftablesChain.Hook {
        hook(direction) == .output ? .postrouting : hook(direction)
    }

    /// Rules that let pass what neither the cut nor its witnesses are for.
    private func sparing(
        _ direction: PacketSelection.Direction, at hook: NftablesChain.Hook
    ) -> [NftablesRule] {
        spared.map { port in
            let match =
                direction == .egress
                ? FlowMatch(transport: .tcp, sourcePorts: port...port)
                : FlowMatch(transport: .tcp, destinationPorts: port...port)
            return NftablesRule(bound(match, direction, at: hook), .pass)
        }
    }

    private func matches(
        _ direction: PacketSelection.Direction, at hook: NftablesChain.Hook
    ) -> [FlowMatch] {
        packets.aims(direction).map { aim in
            var match = FlowMatch(aim)
            match.carriesPayload = loss == .payload
            // A refusal of what comes in goes out, and must not be cut itself.
            if loss == .refused { match.resets = .without }
            return bound(match, direction, at: hook)
        }
    }

    /// The match, for this interface alone where the hook is for all of them.
    private func bound(
        _ match: FlowMatch, _ direction: PacketSelection.Direction, at hook: NftablesChain.Hook
    ) -> FlowMatch {
        var match = match
        guard hook.interface == nil else { return match }
        switch direction {
        case .egress: match.outgoing = index
        case .ingress: match.incoming = index
        }
        return match
    }
}

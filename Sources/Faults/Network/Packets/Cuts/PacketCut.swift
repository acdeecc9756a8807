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

    /// Headers one port beside those of an aim: what goes out with them passes all of the rules, and
    /// none is for it.
    ///
    /// Nil where no port lies beside, where the rules are not at the interface, and for loopback,
    /// where somebody might take it in.
    func headersBeside(payload: Int) -> FrameHeaders? {
        let aims = packets.aims(.egress)
        guard loss != .refused, packets.directions.contains(.egress), packets.interface != "lo",
            let aim = aims.first(where: {
                $0.transport != nil && $0.destination?.family != .v6
            }), let transport = aim.transport
        else { return nil }
        let like = aims.filter { $0.transport == transport }
        let destination = Self.port(beside: like.map(\.destinationPorts))
        let source = Self.port(beside: like.map(\.sourcePorts))
        guard destination != nil || source != nil else { return nil }
        return FrameHeaders(
            // An address for documentation (RFC 5737): nobody's.
            from: [192, 0, 2, 1], port: source ?? aim.sourcePorts?.lowerBound ?? 49_151,
            to: aim.destination?.bytes ?? [192, 0, 2, 2],
            port: destination ?? aim.destinationPorts?.lowerBound ?? 9, transport: transport,
            payload: payload)
    }

    /// The nearest port that is in none of these ranges; nil when one of them is every port.
    private static func port(beside ranges: [ClosedRange<UInt16>?]) -> UInt16? {
        let ranges = ranges.compactMap { $0 }.sorted { $0.lowerBound < $1.lowerBound }
        let neighbours = ranges.flatMap { range in
            [Int(range.upperBound) + 1, Int(range.lowerBound) - 1]
        }.filter { (1...65_535).contains($0) }.map { UInt16($0) }
        return neighbours.first { port in !ranges.contains { $0.contains(port) } }
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

import Faults
import Kernel
import Playbooks

/// Faults of one `parallel` that cannot both be had of one node, or of one interface; touches nothing.
///
/// Told before anything is started: at run time one of the two would only turn out to be unproven.
struct FaultConflicts {
    let method: [Step]

    /// The problems, at the line of the later fault of each pair.
    var problems: [PlaybookProblem] {
        method.flatMap { step -> [PlaybookProblem] in
            guard case .parallel(let steps) = step else { return [] }
            return pairs(of: steps)
        }
    }

    private func pairs(of steps: [Step]) -> [PlaybookProblem] {
        let faults = Self.faults(of: steps)
        return faults.indices.flatMap { later in
            faults[..<later].compactMap { earlier -> PlaybookProblem? in
                let fault = faults[later]
                if let problem = Self.queueing(earlier, fault) { return problem }
                guard Self.isSameNode(earlier.selector, fault.selector),
                    let reason = Self.reason(earlier, fault) ?? Self.reason(fault, earlier)
                else { return nil }
                return PlaybookProblem(
                    line: fault.line, column: 0,
                    message:
                        "\(fault.kind) beside \(earlier.kind) of line \(earlier.line) on the same "
                        + "node: \(reason); put one of them behind the 'parallel', or on another node"
                )
            }
        }
    }

    private static func faults(of steps: [Step]) -> [FaultStep] {
        steps.flatMap { step -> [FaultStep] in
            switch step {
            case .fault(let fault): [fault]
            case .parallel(let inner): faults(of: inner)
            case .wait, .probe: []
            }
        }
    }

    /// Why the first cannot be had while the second is; nil when it can.
    private static func reason(_ first: FaultStep, _ second: FaultStep) -> String? {
        guard ending(second) else { return nil }
        return switch first.kind {
        case "disk.read_only": "a node cannot start on a disk that takes no writes"
        case "clock.skew": "a process that is ended takes its wrong clock along"
        case "disk.slow": "a process that is started again is not slowed down"
        case "process.limit": "a process that is started again has its usual limits"
        default: nil
        }
    }

    /// Whether a fault ends the node's process, or has it started again.
    private static func ending(_ fault: FaultStep) -> Bool {
        switch fault.kind {
        case "process.crash_loop", "power.loss", "disk.corrupt", "disk.read_only": true
        case "process.kill": ProcessKill.endsProcesses(fault)
        case "clock.skew": fault.arguments.string("clock") == "monotonic"
        default: false
        }
    }

    /// The problem of two faults whose queueing would take the root of one interface; nil when
    /// both can be had.
    private static func queueing(_ earlier: FaultStep, _ later: FaultStep) -> PlaybookProblem? {
        let first = queueingPlaces(of: earlier)
        let second = queueingPlaces(of: later)
        guard
            let place = second.first(where: { place in first.contains { $0.isSame(as: place) } })
        else { return nil }
        return PlaybookProblem(
            line: later.line, column: 0,
            message:
                "\(later.kind) beside \(earlier.kind) of line \(earlier.line) on \(place): "
                + "an interface has room for the queueing of one fault at a time; "
                + "put one of them behind the 'parallel', or ask for both effects in one "
                + "network.shape")
    }

    /// The directions of interfaces whose queueing a fault certainly takes for itself.
    private static func queueingPlaces(of fault: FaultStep) -> [QueueingPlace] {
        guard ["network.shape", "network.rate", "network.delay"].contains(fault.kind) else {
            return []
        }
        if let packets = fault.selector?.packets {
            let place = packets.interface + (packets.namespace.map { " in \($0)" } ?? "")
            let directions: [PacketSelector.Direction] =
                packets.direction == .both ? [.egress, .ingress] : [packets.direction]
            return directions.map { QueueingPlace(interface: place, direction: $0) }
        }
        // A delay takes the proxy where netem is taken, unless the playbook insists.
        if fault.kind == "network.delay", fault.arguments.string("backend") != "netem" { return [] }
        // Every link of a testbed is on loopback.
        return fault.selector?.link == nil
            ? [] : [QueueingPlace(interface: "lo", direction: .egress)]
    }

    /// One direction of an interface, which has room for one root.
    private struct QueueingPlace: CustomStringConvertible {
        var interface: String
        var direction: PacketSelector.Direction

        func isSame(as other: QueueingPlace) -> Bool {
            direction == other.direction && InterfacePlace.areSame(interface, other.interface)
        }

        var description: String { "\(interface), \(direction.rawValue)" }
    }

    /// Whether two selectors certainly mean the same node.
    private static func isSameNode(_ first: Selector?, _ second: Selector?) -> Bool {
        guard let first, let second, !first.isOutside, !second.isOutside else { return false }
        if let node = first.node { return node == second.node }
        return first.role != nil && first.role == second.role
            && (first.role != "any" || first.pick == .all && second.pick == .all)
    }
}

import Glibc
import Kernel
import Undo

/// The fault of this name, on the loopback interface of the namespace this process is in.
///
/// - Parameter isSteeredByTable: by a table of nf_tables, and not by filters.
func labFault(_ name: String, isSteeredByTable: Bool = true) -> any RootTree {
    let loopback: Int32 = 1
    let handle = PortNetem.handle(ofProcess: getpid())
    let steering = NftablesSteering(table: "lab-injector-\(getpid())")
    guard name == "netem" else {
        var tree = TokenBucketTree(
            interface: loopback, aims: [PacketAim(destinationPorts: 7001...7001)],
            rate: 100_000, handle: handle)
        if isSteeredByTable { tree.steering = steering }
        return tree
    }
    var netem = PortNetem(
        interface: loopback, ports: [7001], parameters: NetemParameters(delay: .milliseconds(20)))
    netem.handle = handle
    if isSteeredByTable { netem.steering = steering }
    return netem
}

/// Its undo record, as the faults of a drill write it.
func undoRecord(
    _ identifier: String, of fault: any RootTree, restoring prior: QueueingTree
) -> UndoRecord {
    UndoRecord(
        identifier: identifier, summary: "a qdisc on lo",
        reversal: prior.isDefault
            ? .deleteQdisc(interface: "lo", index: 1, handle: fault.handle)
            : .restoreQdiscs(interface: "lo", index: 1, handle: fault.handle, prior: prior))
}

private import CNetlink

/// All qdiscs, classes and filters of an interface: what can be put back as it was, or why not.
///
/// `ingress` and `clsact` are no part of it, for nothing of Firedrill's touches them.
public struct QueueingTree: Sendable, Hashable, Codable {
    public var qdiscs: [TrafficControlObject]
    public var classes: [TrafficControlObject]
    /// In the order in which the kernel lists them below each parent.
    public var filters: [TrafficControlObject]
    /// One sentence for each thing that could not be put back as it was.
    public var objections: [String]

    /// What an undo record may hold of a tree, in bytes of attributes.
    static let largestSize = 64 * 1024

    public init(
        qdiscs: [TrafficControlObject] = [], classes: [TrafficControlObject] = [],
        filters: [TrafficControlObject] = [], objections: [String] = []
    ) {
        self.qdiscs = qdiscs
        self.classes = classes
        self.filters = filters
        self.objections = objections
    }

    /// The qdisc at the top; nil for an interface that has several, or none.
    public var root: TrafficControlObject? { qdiscs.first { $0.parent == Qdisc.root } }

    /// Whether the kernel puts it there by itself when nothing else is.
    public var isDefault: Bool { qdiscs.allSatisfy { $0.handle == 0 } }

    /// Bytes of attributes.
    var size: Int { (qdiscs + classes + filters).reduce(0) { $0 + $1.attributes.count } }

    /// One sentence for each thing that is here otherwise than there, beginning with what it is.
    public func differences(from prior: QueueingTree) -> [String] {
        Self.differences(qdiscs, prior.qdiscs, "qdisc")
            + Self.differences(classes, prior.classes, "class")
            + Self.differences(filters, prior.filters, "filter")
            + (filters != prior.filters && Set(filters) == Set(prior.filters)
                ? ["the filters stand in another order"] : [])
    }

    private static func differences(
        _ now: [TrafficControlObject], _ prior: [TrafficControlObject], _ word: String
    ) -> [String] {
        let missing = prior.filter { !now.contains($0) }
        let new = now.filter { !prior.contains($0) }
        return missing.map { object in
            new.contains { $0.handle == object.handle && $0.parent == object.parent }
                ? "\(word) \(object) is another one" : "\(word) \(object) is missing"
        }
            + new.filter { object in
                !missing.contains { $0.handle == object.handle && $0.parent == object.parent }
            }.map { "\(word) \($0) is new" }
    }

    /// Whether nothing is in it that is not in `whole`: one that is being put back.
    func isPart(of whole: QueueingTree) -> Bool {
        // A class gets its leaf later, and its level with its first child.
        let place = { (object: TrafficControlObject) in
            UInt64(object.parent) << 32 | UInt64(object.handle)
        }
        return Set(qdiscs).isSubset(of: whole.qdiscs)
            && Set(classes.map(place)).isSubset(of: whole.classes.map(place))
            && Set(filters).isSubset(of: whole.filters)
    }
}

extension QueueingTree: CustomStringConvertible {
    /// `htb 1: root, tbf 10: parent 1:10, 2 classes, 4 filters`.
    public var description: String {
        var parts = qdiscs.map(\.description)
        if !classes.isEmpty { parts.append("\(classes.count) classes") }
        if !filters.isEmpty { parts.append("\(filters.count) filters") }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }
}

extension NetlinkSocket {
    /// Everything that queues what leaves an interface, as it is now.
    ///
    /// An interface that does not exist has an empty one.
    public func tree(ofInterface index: Int32) throws(KernelError) -> QueueingTree {
        var tree = QueueingTree()
        let object = "the queueing of interface \(index)"
        for message in try list(Int(RTM_GETQDISC), index, parent: 0, object) {
            guard let qdisc = TrafficControlObject(.qdisc, message: message, interface: index),
                qdisc.parent != ingress
            else { continue }
            tree.qdiscs.append(qdisc)
            tree.note(message, .qdisc, qdisc)
        }
        if let root = tree.root, root.handle == 0, !tree.isDefault {
            tree.objections.append("\(root) is a default with others beneath it")
        }
        // A default has no classes or filters of anybody's.
        if tree.isDefault { return tree }
        // Other kinds list what follows from their qdisc, or flows of the moment. One qdisc at a
        // time: a list of all ends at the first netem, whose class the kernel cannot describe.
        for qdisc in tree.qdiscs where qdisc.kind == "htb" {
            for message in try list(Int(RTM_GETTCLASS), index, parent: qdisc.handle, object) {
                guard
                    let found = TrafficControlObject(
                        .trafficClass, message: message, interface: index),
                    found.kind == "htb"
                else { continue }
                tree.classes.append(found)
                tree.note(message, .trafficClass, found)
            }
        }
        for parent in (tree.qdiscs + tree.classes).map(\.handle) where parent != 0 {
            for message in try list(Int(RTM_GETTFILTER), index, parent: parent, object) {
                guard
                    let filter = TrafficControlObject(.filter, message: message, interface: index)
                else { continue }
                tree.filters.append(filter)
                tree.note(message, .filter, filter)
            }
        }
        // The order of a hash table says nothing.
        tree.qdiscs.sort { ($0.handle, $0.parent) < ($1.handle, $1.parent) }
        tree.classes.sort { $0.handle < $1.handle }
        return tree
    }

    private func list(
        _ type: Int, _ index: Int32, parent: UInt32, _ object: String
    ) throws(KernelError) -> [ArraySlice<UInt8>] {
        let message = try NetlinkMessage(type: type, flags: 0)
        try message.append(trafficControlHeader(interface: index, handle: 0, parent: parent))
        return try dump(message, object: object)
    }

    /// The parent of `ingress` and `clsact` (TC_H_INGRESS).
    private var ingress: UInt32 { 0xffff_fff1 }
}

extension QueueingTree {
    /// Keeps what stands against making an object again.
    fileprivate mutating func note(
        _ message: ArraySlice<UInt8>, _ category: TrafficControlObject.Category,
        _ object: TrafficControlObject
    ) {
        guard category != .qdisc || object.handle != 0 else { return }
        let attributes = NetlinkAttributes(message.dropFirst(20))
        var reasons = [TreeOptions(category, object.kind).objection(object.options)]
        if attributes[Int(TCA_STAB)] != nil { reasons.append("it has a size table") }
        if let offload = attributes[Int(TCA_HW_OFFLOAD)], offload.first != 0 {
            reasons.append("it is in the hardware")
        }
        if attributes[Int(TCA_INGRESS_BLOCK)] ?? attributes[Int(TCA_EGRESS_BLOCK)] != nil {
            reasons.append("it shares its filters with another interface")
        }
        if category == .filter, object.chain != 0 { reasons.append("it is in a chain of its own") }
        // TCA_STATS_RATE_EST and its 64-bit form of linux/gen_stats.h.
        let statistics = attributes[Int(TCA_STATS2)].map { NetlinkAttributes($0) }
        if statistics?[2] != nil || statistics?[5] != nil {
            reasons.append("it has a rate estimator")
        }
        objections += reasons.compactMap { $0 }.map { "\(object): \($0)" }
    }
}

private import CNetlink
import Glibc

/// One message that makes a part of a tree again.
struct TreeRequest: Equatable {
    var category: TrafficControlObject.Category
    var handle: UInt32
    var parent: UInt32
    var info: UInt32
    var kind: String
    /// The other attributes, in their order.
    var attributes: [UInt8]

    init(
        _ category: TrafficControlObject.Category, _ object: TrafficControlObject,
        parent: UInt32? = nil
    ) {
        self.category = category
        handle = object.handle
        self.parent = parent ?? object.parent
        // A class has the leaf that is made beneath it.
        info = category == .filter ? object.info : 0
        kind = object.kind
        let kind = kind
        attributes = NetlinkAttributes.bytes(
            NetlinkAttributes(object.attributes[...]).all.compactMap { type, payload in
                switch type {
                case Int(TCA_OPTIONS):
                    (type, TreeOptions(category, kind).forRequest(payload))
                case Int(TCA_CHAIN) where category == .filter: (type, Array(payload))
                default: nil
                }
            })
    }

    func message(interface: Int32) throws(KernelError) -> NetlinkMessage {
        let type =
            switch category {
            case .qdisc: RTM_NEWQDISC
            case .trafficClass: RTM_NEWTCLASS
            case .filter: RTM_NEWTFILTER
            }
        let message = try NetlinkMessage(type: Int(type), flags: NLM_F_CREATE | NLM_F_EXCL)
        try message.append(
            trafficControlHeader(interface: interface, handle: handle, parent: parent, info: info))
        try message.put(Int(TCA_KIND), kind)
        try message.append(attributes)
        return message
    }

    /// `htb 1:10 parent 1:1`.
    var description: String {
        let place = parent == Qdisc.root ? "root" : "parent \(Qdisc.text(of: parent))"
        return "\(kind) \(Qdisc.text(of: handle)) \(place)"
    }
}

extension QueueingTree {
    /// What makes the tree again, in an order in which each part finds what it needs.
    ///
    /// - Parameter rootParent: the class that it shall hang under, or ``Qdisc/root``.
    func requests(rootParent: UInt32 = Qdisc.root) -> [TreeRequest] {
        guard let root, root.handle != 0 else { return [] }
        var requests: [TreeRequest] = []
        var waiting = [root]
        while !waiting.isEmpty {
            let qdisc = waiting.removeFirst()
            let isRoot = qdisc.parent == Qdisc.root
            requests.append(TreeRequest(.qdisc, qdisc, parent: isRoot ? rootParent : nil))
            requests += classRequests(of: qdisc.handle)
            waiting += qdiscs.filter {
                $0.handle != 0 && $0.parent != Qdisc.root
                    && $0.parent & 0xffff_0000 == qdisc.handle
            }
        }
        return requests + filterRequests()
    }

    private func classRequests(of qdisc: UInt32) -> [TreeRequest] {
        var requests: [TreeRequest] = []
        var left = classes.filter { $0.handle & 0xffff_0000 == qdisc }
        var parents: Set<UInt32> = [qdisc, Qdisc.root]
        while !left.isEmpty {
            let next = left.filter { parents.contains($0.parent) }
            // A class whose parent is missing cannot be; the rehearsal would tell.
            guard !next.isEmpty else { break }
            requests += next.map {
                TreeRequest(.trafficClass, $0, parent: $0.parent == Qdisc.root ? qdisc : nil)
            }
            parents.formUnion(next.map(\.handle))
            left.removeAll { parents.contains($0.handle) }
        }
        return requests
    }

    /// Filters that share parent, priority and protocol: one instance of a classifier.
    private struct Instance {
        var head: TrafficControlObject
        var members: [TrafficControlObject]

        /// u32 numbers the root tables of its instances in the order in which they are made.
        var rootTable: UInt32 {
            members.filter { $0.isHashTable }.map(\.handle).max() ?? 0
        }

        var requests: [TreeRequest] {
            if members.isEmpty { return [TreeRequest(.filter, head)] }
            // The root table comes with the instance; others must be there to be linked to.
            let tables = members.filter { $0.isHashTable && $0.handle < 0x8000_0000 }
            return (tables + members.filter { !$0.isHashTable }).map { TreeRequest(.filter, $0) }
        }
    }

    private func filterRequests() -> [TreeRequest] {
        var instances: [Instance] = []
        for filter in filters {
            // The kernel lists an instance first and then what is in it.
            if filter.handle == 0 {
                instances.append(Instance(head: filter, members: []))
            } else if !instances.isEmpty {
                instances[instances.count - 1].members.append(filter)
            }
        }
        return instances.sorted { $0.rootTable < $1.rootTable }.flatMap(\.requests)
    }
}

extension TrafficControlObject {
    /// A table of a u32 classifier, and not a filter in one.
    fileprivate var isHashTable: Bool {
        kind == "u32" && options.map { NetlinkAttributes($0)[TCA_U32_DIVISOR] != nil } ?? false
    }
}

extension NetlinkSocket {
    /// Makes a tree again; throws at the first part that the kernel refuses.
    func build(
        _ tree: QueueingTree, onInterface index: Int32, rootParent: UInt32 = Qdisc.root
    ) throws(KernelError) {
        for request in tree.requests(rootParent: rootParent) {
            try self.request(
                request.message(interface: index),
                object: "\(request.description) on interface \(index)")
        }
    }
}

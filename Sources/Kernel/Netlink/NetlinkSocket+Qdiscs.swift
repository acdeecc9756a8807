private import CNetlink
import Glibc

extension NetlinkSocket {
    /// All qdiscs of an interface, root first where it has one, as the kernel lists them.
    public func qdiscs(ofInterface index: Int32) throws(KernelError) -> [Qdisc] {
        let message = try NetlinkMessage(type: Int(RTM_GETQDISC), flags: 0)
        try message.append(trafficControlHeader(interface: index, handle: 0, parent: 0))
        return try dump(message, object: "qdiscs of interface \(index)")
            .compactMap { Qdisc(message: $0) }
            .filter { $0.interface == index }
    }

    /// The root qdisc of an interface, or nil where it has none.
    public func rootQdisc(ofInterface index: Int32) throws(KernelError) -> Qdisc? {
        try qdiscs(ofInterface: index).first { $0.parent == Qdisc.root }
    }

    /// What the qdiscs of an interface have done, by handle.
    public func statistics(
        ofInterface index: Int32
    ) throws(KernelError) -> [UInt32: QdiscStatistics] {
        let message = try NetlinkMessage(type: Int(RTM_GETQDISC), flags: 0)
        try message.append(trafficControlHeader(interface: index, handle: 0, parent: 0))
        var statistics: [UInt32: QdiscStatistics] = [:]
        for payload in try dump(message, object: "qdiscs of interface \(index)") {
            guard let qdisc = Qdisc(message: payload), qdisc.interface == index else { continue }
            statistics[qdisc.handle] = QdiscStatistics(message: payload)
        }
        return statistics
    }

    /// How many packets wait in all that queues what leaves an interface; 0 where it is gone.
    public func backlog(ofInterface index: Int32) throws(KernelError) -> UInt32 {
        let message = try NetlinkMessage(type: Int(RTM_GETQDISC), flags: 0)
        try message.append(trafficControlHeader(interface: index, handle: 0, parent: 0))
        for payload in try dump(message, object: "qdiscs of interface \(index)") {
            guard let qdisc = Qdisc(message: payload), qdisc.interface == index,
                qdisc.parent == Qdisc.root
            else { continue }
            // A root counts what waits in those beneath it, too.
            return QdiscStatistics(message: payload)?.queued ?? 0
        }
        return 0
    }

    /// Creates a qdisc whose options are one structure; throws EEXIST where there is another.
    ///
    /// - Parameter options: the payload of TCA_OPTIONS, as the kind wants it.
    public func createQdisc(
        _ kind: String, interface: Int32, handle: UInt32, parent: UInt32, options: [UInt8]
    ) throws(KernelError) {
        try createQdisc(
            kind, interface: interface, handle: handle, parent: parent
        ) { message throws(KernelError) in
            try message.put(Int(TCA_OPTIONS), options)
        }
    }

    /// Creates a qdisc where there is none but a default; throws EEXIST otherwise.
    ///
    /// - Parameter replacing: creates it in the place of what is there, which ends.
    func createQdisc(
        _ kind: String, interface: Int32, handle: UInt32, parent: UInt32,
        replacing: Bool = false,
        options: (borrowing NetlinkMessage) throws(KernelError) -> Void
    ) throws(KernelError) {
        let message = try NetlinkMessage(
            type: Int(RTM_NEWQDISC),
            flags: NLM_F_CREATE | (replacing ? NLM_F_REPLACE : NLM_F_EXCL))
        try message.append(
            trafficControlHeader(interface: interface, handle: handle, parent: parent))
        try message.put(Int(TCA_KIND), kind)
        try options(message)
        try request(message, object: "\(kind) on interface \(interface)")
    }

    /// Deletes the root qdisc of an interface with all below it; the kernel's default comes back.
    ///
    /// Does nothing when the interface or a root qdisc of this handle is gone.
    public func deleteRootQdisc(ofInterface index: Int32, handle: UInt32) throws(KernelError) {
        let message = try NetlinkMessage(type: Int(RTM_DELQDISC), flags: 0)
        try message.append(
            trafficControlHeader(interface: index, handle: handle, parent: Qdisc.root))
        let object = "qdisc \(Qdisc.text(of: handle)) of interface \(index)"
        if let error = failure(of: message, object: object),
            error.number != ENOENT, error.number != ENODEV, error.number != EINVAL
        {
            throw error
        }
    }
}

/// The bytes of a `tcmsg` (linux/rtnetlink.h): family, interface, handle, parent, info.
func trafficControlHeader(
    interface: Int32, handle: UInt32, parent: UInt32, info: UInt32 = 0
) -> [UInt8] {
    nativeBytes(UInt32(0), interface, handle, parent, info)
}

extension Qdisc {
    /// Parses the payload of RTM_NEWQDISC; nil when it is cut short.
    init?(message: ArraySlice<UInt8>) {
        guard let interface = message.integer(at: 4, as: Int32.self),
            let handle = message.integer(at: 8, as: UInt32.self),
            let parent = message.integer(at: 12, as: UInt32.self), message.count >= 20
        else { return nil }
        let attributes = NetlinkAttributes(message.dropFirst(20))
        guard let kind = attributes.string(Int(TCA_KIND)) else { return nil }
        self.init(
            interface: interface, handle: handle, parent: parent, kind: kind,
            options: Array(attributes[Int(TCA_OPTIONS)] ?? []))
    }
}

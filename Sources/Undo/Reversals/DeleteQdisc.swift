import Kernel
import Records

extension ReversalPerformer {
    /// Deletes a root qdisc of ours; the kernel's default comes back by itself.
    ///
    /// Another root qdisc than the recorded one is somebody else's and stays.
    func deleteQdisc(interface: String, index: Int32, handle: UInt32) throws -> Comparison {
        let socket = try NetlinkSocket()
        if let root = try socket.rootQdisc(ofInterface: index), root.handle == handle,
            NetworkInterface.name(of: index) == interface
        {
            try socket.deleteRootQdisc(ofInterface: index, handle: handle)
        }
        let after = try socket.qdiscs(ofInterface: index)
        let ours = after.contains { $0.handle == handle }
        return Comparison(
            what: "qdisc \(Qdisc.text(of: handle)) on \(interface)", before: "absent",
            after: ours ? "still there" : "absent", isSame: !ours)
    }
}

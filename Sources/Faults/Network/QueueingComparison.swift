import Kernel
import Records
import Undo

extension Comparison {
    /// What is on an interface beside what was there before the fault.
    ///
    /// - Parameter restoration: what came of putting it back; nil when nothing was ever put in.
    static func queueing(
        of interface: String, prior: QueueingTree, restoration: RootReplacement.Restoration?,
        now: () throws -> QueueingTree
    ) -> Comparison {
        let what = "qdiscs of \(interface)"
        // With the interface went all that was on it, and nothing can be left.
        if restoration == .interfaceGone {
            return Comparison(
                what: what, before: "\(prior)", after: "the interface is gone", isSame: true)
        }
        do {
            let tree = try now()
            let differences = tree.differences(from: prior)
            return Comparison(
                what: what, before: "\(prior)",
                after: ([tree.description] + differences).joined(separator: "; "),
                isSame: differences.isEmpty)
        } catch {
            return Comparison(what: what, before: "\(prior)", after: "\(error)", isSame: false)
        }
    }
}

extension Reversal {
    /// The reversal of a root qdisc of ours, which need not say what the kernel does by itself.
    static func queueing(
        of interface: String, index: Int32, handle: UInt32, prior: QueueingTree
    ) -> Reversal {
        prior.isDefault
            ? .deleteQdisc(interface: interface, index: index, handle: handle)
            : .restoreQdiscs(interface: interface, index: index, handle: handle, prior: prior)
    }
}

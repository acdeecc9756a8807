import Kernel
import Records

extension ReversalPerformer {
    /// Puts back the tree that was on an interface before, from whatever state a death has left.
    ///
    /// An interface of another name under this index is another one. What somebody else has put
    /// there since stays, and is named.
    func restoreQdiscs(
        _ interface: String, index: Int32, handle: UInt32, prior: QueueingTree
    ) throws -> Comparison {
        let what = "qdiscs of \(interface)"
        let gone = Comparison(
            what: what, before: "\(prior)", after: "the interface is gone", isSame: true)
        guard NetworkInterface.name(of: index) == interface else { return gone }
        switch try RootReplacement(interface: index, handle: handle).restore(prior) {
        case .same:
            return Comparison(what: what, before: "\(prior)", after: "\(prior)", isSame: true)
        case .interfaceGone: return gone
        case .different(let differences):
            return Comparison(
                what: what, before: "\(prior)", after: differences.joined(separator: "; "),
                isSame: false)
        }
    }
}

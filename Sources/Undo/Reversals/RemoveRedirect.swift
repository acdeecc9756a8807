import Kernel
import Records

extension ReversalPerformer {
    /// Lets packets come in over an interface as ever, and deletes the ifb they were led through.
    ///
    /// An interface of another name under this index is another one; the ifb is ours by its name.
    func removeRedirect(_ interface: String, index: Int32, through device: String) throws
        -> Comparison
    {
        let isThere = NetworkInterface.name(of: index) == interface
        // Nothing has index 0: the ifb alone is looked for.
        let redirect = IngressRedirect(interface: isThere ? index : 0, aims: [], device: device)
        let left = try redirect.remove()
        return Comparison(
            what: "redirection of what comes in over \(interface)", before: "none",
            after: left.isEmpty ? "none" : left.joined(separator: "; "), isSame: left.isEmpty)
    }
}

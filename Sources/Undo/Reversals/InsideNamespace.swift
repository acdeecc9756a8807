import Kernel
import Records

extension ReversalPerformer {
    /// Performs a reversal inside the network namespace of this identity, with which all that was in
    /// it has gone if it is gone.
    func inside(
        _ identity: NamedNetworkNamespace.Identity, _ reversal: Reversal
    ) throws -> [Comparison] {
        guard let namespace = NamedNetworkNamespace(identity) else {
            return [
                Comparison(
                    what: "network namespace \(identity.path)", before: "there",
                    after: "gone, with all that was in it", isSame: true)
            ]
        }
        // To enter it takes more rights than to change what is in it.
        guard !namespace.isOfThisThread else { return try comparisons(performing: reversal) }
        return try namespace.inside { try comparisons(performing: reversal) }.map { comparison in
            var comparison = comparison
            comparison.what += " in \(identity.path)"
            return comparison
        }
    }
}

import Kernel
public import Records

/// Takes things out as their undo records say, whatever state they are in.
///
/// Every reversal is idempotent, checks the identity of what it touches, and is verified by reading
/// the system back. Synchronous and bounded by a few seconds, because the guardian runs it too.
public struct ReversalPerformer: Sendable {
    /// What a replay found and did.
    public struct Outcome: Sendable, Equatable {
        /// The prior state beside the state read back afterwards.
        public var comparisons: [Comparison]
        /// Why a step failed; nil when all were done.
        public var failure: String?

        /// Whether everything is as it was before.
        public var isClean: Bool { failure == nil && comparisons.allSatisfy(\.isSame) }
    }

    public init() {}

    /// Performs one reversal and verifies it; failures are part of the outcome.
    public func perform(_ reversal: Reversal) -> Outcome {
        do {
            return Outcome(comparisons: try comparisons(performing: reversal))
        } catch {
            return Outcome(comparisons: [], failure: "\(error)")
        }
    }

    /// Performs one reversal, and reads back what came of it.
    func comparisons(performing reversal: Reversal) throws -> [Comparison] {
        switch reversal {
        case .kernel(let lifetime):
            [Comparison(what: lifetime, before: "bound to the drill", after: "gone", isSame: true)]
        case .endSession(let leader): [try endSession(leader)]
        case .resume(let identity): [try resume(identity)]
        case .thaw(let group): [try thaw(group)]
        case .restoreLimit(let process, let resource, let prior, let imposed):
            [try restoreLimit(of: process, resource, prior: prior, imposed: imposed)]
        case .deleteQdisc(let interface, let index, let handle):
            [try deleteQdisc(interface: interface, index: index, handle: handle)]
        case .restoreQdiscs(let interface, let index, let handle, let prior):
            [try restoreQdiscs(interface, index: index, handle: handle, prior: prior)]
        case .removeRedirect(let interface, let index, let device):
            [try removeRedirect(interface, index: index, through: device)]
        case .inside(let identity, let reversal): try inside(identity, reversal)
        case .removeDirectory(let path, let device, let inode):
            [try removeDirectory(path, device: device, inode: inode)]
        }
    }
}

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

    /// A process that is about to end and has asked for the replay; nil when there is none.
    var ending: ProcessIdentity?
    /// Whether another process of this program waits for this one's end, as a standby does.
    var hasCompanion = false
    /// Whether the records are of another boot than this one.
    var isOfEarlierBoot = false

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
        case .kernel(let lifetime, let witnesses): try look(lifetime, witnesses ?? [])
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
        case .restart(let service): [try restart(service)]
        case .inside(let identity, let reversal): try inside(identity, reversal)
        case .removeDirectory(let path, let device, let inode, let birth, let mountPoint):
            [
                try removeDirectory(
                    path,
                    DirectoryMark(
                        device: device, inode: inode, birth: birth, mountPoint: mountPoint))
            ]
        }
    }

    /// Sees whether the kernel has taken out what it was to; there is nothing else to do.
    ///
    /// It may take a moment after its owner's death: see ``Replay/patience``.
    private func look(_ lifetime: String, _ witnesses: [KernelWitness]) throws -> [Comparison] {
        guard !witnesses.isEmpty else {
            return [.unseen(lifetime, because: "the record does not say what to look at")]
        }
        return try witnesses.map { try $0.comparison(ending: ending, hasCompanion: hasCompanion) }
    }
}

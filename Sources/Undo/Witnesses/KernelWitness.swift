public import Kernel

/// What can be read back of something that the kernel takes out when its owner ends.
///
/// It is part of an undo record, so that whoever replays the record looks at the system and does
/// not take the owner's death for the proof.
public enum KernelWitness: Sendable, Codable, Equatable {
    /// A process that must have ended.
    case ended(ProcessIdentity)
    /// A process that no process of this identity may trace any more (ptrace(2)).
    case letGo(ProcessIdentity, by: ProcessIdentity)
    /// A table of nf_tables, in the network namespace of whoever looks, that must be gone.
    case table(String)
    /// A file without a name that no process may hold open any more.
    case file(device: UInt64, inode: UInt64)
    /// A directory that no process may work in any more.
    case folder(device: UInt64, inode: UInt64)
    /// A name in the file system behind which nothing may be any more.
    case path(String)
    /// A mount namespace that no process may be in any more, other than the one that looks.
    case mounts(MountNamespace.Identity)
    /// Nothing: the fault was over at once, and left nothing in that could come out.
    case nothing
}

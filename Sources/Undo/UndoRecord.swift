public import Kernel

/// The inverse of a fault, or of a thing the drill made, written before the deed.
///
/// Another process must be able to replay it from any state, "intended" included: every reversal is
/// idempotent and checks the identity of what it touches.
public struct UndoRecord: Sendable, Codable, Equatable {
    /// Unique in its drill: `f2`, `testbed/a`.
    public var identifier: String
    /// One sentence for `firedrill revert`: what is taken out of where.
    public var summary: String
    public var reversal: Reversal
    /// When the guardian takes it out even if the drill lives: nanoseconds of CLOCK_BOOTTIME.
    public var deadline: Int64?

    public init(identifier: String, summary: String, reversal: Reversal, deadline: Int64? = nil) {
        self.identifier = identifier
        self.summary = summary
        self.reversal = reversal
        self.deadline = deadline
    }
}

/// How something is taken out.
public enum Reversal: Sendable, Codable, Equatable {
    /// The kernel does it when the drill dies; the text says by which lifetime, the witnesses what
    /// tells that it has, without which nobody can say so.
    case kernel(lifetime: String, witnesses: [KernelWitness]? = nil)
    /// Kills a process of ours and everything in its session.
    case endSession(ProcessIdentity)
    /// Continues a stopped process.
    case resume(ProcessIdentity)
    /// Lets the processes of a frozen cgroup go on.
    case thaw(ControlGroup)
    /// Gives a process back a limit, when it still has the one that was imposed or a lower one.
    case restoreLimit(
        ProcessIdentity, LimitedResource, prior: ResourceLimit, imposed: ResourceLimit)
    /// Deletes the root qdisc with this handle from an interface, when it is still there.
    case deleteQdisc(interface: String, index: Int32, handle: UInt32)
    /// Takes a root qdisc of ours out and puts back the tree that was there before.
    case restoreQdiscs(interface: String, index: Int32, handle: UInt32, prior: QueueingTree)
    /// Takes the redirection of incoming packets out, and the ifb of ours that they are led through.
    case removeRedirect(interface: String, index: Int32, device: String)
    /// Does it inside another network namespace, when that is still there.
    indirect case inside(NamedNetworkNamespace.Identity, Reversal)
    /// Starts a service of the host again, when fewer of its processes run than before.
    case restart(ServiceRestart)
    /// Removes a directory tree of the drill's own, when it still is the same: by its device and
    /// inode, and after a reboot by its birth, which takes the file system being mounted again.
    case removeDirectory(
        path: String, device: UInt64, inode: UInt64, birth: Int64? = nil,
        mountPoint: String? = nil)
}

extension Reversal {
    /// The same, with a name to write down for what has a secret in it: whoever replays it needs the
    /// secret itself, and knows of none.
    func titled(_ redact: (String) -> String) -> Reversal {
        guard case .restart(var restart) = self else { return self }
        let title = redact(restart.sign.description)
        if title != restart.sign.description { restart.title = title }
        return .restart(restart)
    }

    /// The same, for the calling thread's network namespace and no other: the same name, index and
    /// handle may be there in the one that somebody replays it from.
    func inOwnNetwork() throws -> Reversal {
        switch self {
        case .deleteQdisc, .restoreQdiscs, .removeRedirect:
            .inside(try NamedNetworkNamespace(path: "/proc/thread-self/ns/net").identity, self)
        default: self
        }
    }

    /// Whether the kernel does it at the drill's end, and a replay but looks.
    var isKernels: Bool {
        switch self {
        case .kernel: true
        case .inside(_, let reversal): reversal.isKernels
        default: false
        }
    }

    /// The reversal of a directory that has been made.
    public static func removal(of path: String, _ mark: DirectoryMark) -> Reversal {
        .removeDirectory(
            path: path, device: mark.device, inode: mark.inode, birth: mark.birth,
            mountPoint: mark.mountPoint)
    }

    /// Whether what it takes out can be there after a reboot.
    ///
    /// Decided for each, because a replay touches what is there now:
    /// - `kernel`, `deleteQdisc`, `restoreQdiscs`, `removeRedirect`, `inside`: no. They are about
    ///   objects of a kernel that has ended; what the next one holds at their place is somebody
    ///   else's. Ballast is a file without a name, which its file system frees when it is mounted
    ///   again; a node's volume, its files and its damage lie in the drill's directory.
    /// - `endSession`, `resume`, `restoreLimit`, `thaw`: no. Processes and control groups ended with
    ///   their kernel, and their numbers may have gone to others.
    /// - `restart`: no. A fault signals a service's processes and changes nothing of what the host
    ///   starts at boot. To start it by the drill's command then would race with that.
    /// - `removeDirectory`: yes, for it may lie on a disk.
    var outlivesBoot: Bool {
        switch self {
        case .kernel, .endSession, .resume, .thaw, .restoreLimit, .deleteQdisc, .restoreQdiscs,
            .removeRedirect, .inside, .restart:
            false
        case .removeDirectory: true
        }
    }

    /// Whether nothing but the drill's end takes it out.
    var needsDrillsEnd: Bool {
        switch self {
        case .kernel(_, let witnesses): witnesses != [.nothing]
        case .inside(_, let reversal): reversal.needsDrillsEnd
        default: false
        }
    }
}

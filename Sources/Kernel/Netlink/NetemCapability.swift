import Glibc

/// Whether the kernel can do netem, and why not.
public struct NetemCapability: Sendable, Hashable {
    public var isPresent: Bool
    /// One sentence for a report; says what would help where netem is absent.
    public var reason: String

    /// Judges the errno that a netem without options was answered with; nil is success.
    ///
    /// An interface that is taken says nothing of the kernel, and is no reason against it.
    init(answer number: Int32?) {
        isPresent = number == EINVAL || number == EEXIST
        reason =
            switch number {
            case EINVAL: "the kernel has sch_netem"
            case ENOENT:
                "the kernel has no sch_netem; Debian's linux-image-amd64 and RHEL's "
                    + "kernel-modules-extra have it as a module"
            case EPERM, EACCES: "asking the kernel: " + Capability.networkAdministration.remedy
            case EEXIST:
                "nothing speaks against it: the kernel could not be asked, for the interface has a "
                    + "root qdisc of somebody's"
            case nil: "the kernel made a netem without options, which no known one does"
            case let number?: "the kernel answered \(KernelError.text(of: number))"
            }
    }
}

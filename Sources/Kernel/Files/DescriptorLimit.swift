import Glibc

/// How many descriptors this process may have open (RLIMIT_NOFILE, getrlimit(2)).
public enum DescriptorLimit {
    /// Raises the soft limit to the hard one; the children made afterwards inherit it.
    ///
    /// A workload's connections, and those of its proxies, soon are more than the usual 1,024. Does
    /// nothing where the kernel refuses.
    public static func raise() {
        ProcessInheritance.remember()
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

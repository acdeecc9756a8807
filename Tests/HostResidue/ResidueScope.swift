/// Where on a host is looked.
public struct ResidueScope: Sendable {
    /// The directory that all files of the drills lie in, at the top of a file system of its own.
    ///
    /// Loop devices count when their file lies below it.
    public var directory: String
    /// The directory of evidence, if a drill may have left a work directory there.
    public var evidence: String?
    /// The state directory, if undo records are to be looked for.
    public var state: String?
    /// The directories of control groups that are looked below; all hierarchies by default.
    public var controlGroups = ["/sys/fs/cgroup"]
    /// A descriptor of the network namespace to look in; nil for the calling thread's.
    public var network: Int32?

    public init(
        directory: String, evidence: String? = nil, state: String? = nil, network: Int32? = nil
    ) {
        self.directory = directory
        self.evidence = evidence
        self.state = state
        self.network = network
    }
}

/// What the owner of a host allows drills to do on it, whatever a playbook says.
///
/// A playbook's limits are held against it; they can be narrower and never wider. Without a file
/// everything in it has its default, which still keeps drills off what the host itself lives on.
public struct HostPolicy: Sendable, Equatable {
    /// The file, for messages; empty when there is none.
    public var file: String
    /// Regular expressions; a process with one in its command line is never hit.
    public var protectedProcesses: [String]
    /// Users whose processes are never hit, unless the drill itself started them.
    public var protectedUsers: [String]
    /// TCP and UDP ports whose listeners and packets are never touched.
    public var protectedPorts: [Int]
    public var protectedInterfaces: [String]
    /// No fault touches a file system that one of these paths lies in, or lies below.
    public var protectedPaths: [String]
    /// Whole command lines of processes that people reach the host by, which are out of bounds
    /// unless they are named here.
    public var allowedProcesses: [String]
    /// Interfaces of default routes, which are out of bounds unless they are named here.
    public var allowedInterfaces: [String]
    /// File systems that the host lives on, which are out of bounds unless they are named here.
    public var allowedPaths: [String]
    /// The most processes that faults of all drills may hit; nil leaves it to the playbooks.
    public var processes: Int?
    /// The most disk that faults of all drills may occupy; nil leaves it to the playbooks.
    public var disk: ByteCount?
    /// The longest that a drill may take; nil leaves it to the playbook.
    public var duration: Duration?
    /// The most faults of all drills that may be in at the same time; nil leaves it to the playbooks.
    public var faults: Int?
    /// The largest share of the processors' time that faults may take; nil leaves it to the playbook.
    public var cpu: Ratio?
    /// The most memory that faults may take; nil leaves it to the playbook.
    public var memory: ByteCount?
    /// When drills may run; empty for always.
    public var hours: [DrillHours]
    /// The hours of other policies that hold as well: each list must have a span with the moment.
    public var otherHours: [[DrillHours]]

    public init(file: String = "") {
        self.file = file
        protectedProcesses = []
        protectedUsers = []
        protectedPorts = []
        protectedInterfaces = []
        protectedPaths = []
        allowedProcesses = []
        allowedInterfaces = []
        allowedPaths = []
        hours = []
        otherHours = []
    }

    /// The policy of the host; a missing file is a policy of defaults.
    public static let standardPath = "/etc/firedrill/policy.yaml"

    /// The policy under which both policies are obeyed: what either forbids is forbidden.
    public func narrowed(by other: HostPolicy) -> HostPolicy {
        var both = self
        both.file = [file, other.file].filter { !$0.isEmpty }.joined(separator: " and ")
        both.protectedProcesses += other.protectedProcesses
        both.protectedUsers += other.protectedUsers
        both.protectedPorts += other.protectedPorts
        both.protectedInterfaces += other.protectedInterfaces
        both.protectedPaths += other.protectedPaths
        both.allowedProcesses = allowedProcesses.filter(other.allowedProcesses.contains)
        both.allowedInterfaces = allowedInterfaces.filter(other.allowedInterfaces.contains)
        both.allowedPaths = allowedPaths.filter(other.allowedPaths.contains)
        both.processes = [processes, other.processes].compactMap(\.self).min()
        both.disk = [disk, other.disk].compactMap(\.self).min()
        both.duration = [duration, other.duration].compactMap(\.self).min()
        both.faults = [faults, other.faults].compactMap(\.self).min()
        both.cpu = [cpu, other.cpu].compactMap(\.self).min()
        both.memory = [memory, other.memory].compactMap(\.self).min()
        let lists = hourLists + other.hourLists
        both.hours = lists.first ?? []
        both.otherHours = Array(lists.dropFirst())
        return both
    }
}

import Glibc
import Kernel

/// Processes in a control group of their own, beside the drill's target, for faults of whole groups.
struct Bystanders: Sendable {
    /// The group in which this process and its drills are, and the groups that those make.
    let own: ControlGroup
    /// The group that is paused.
    let group: ControlGroup
    /// The same in the hierarchy in which disks are made slow, where it is another one.
    let throttled: ThrottleGroup?
    private let children: [ChildProcess]

    /// Makes both groups below one that is named after the device that a directory lies on.
    init(of directory: String) throws {
        guard let root = ControlGroup.root, let status = FileStatus.of(directory),
            let process = ProcessTable.identity(of: getpid())
        else {
            throw CampaignError("find a cgroup v2 hierarchy: mount one on /sys/fs/cgroup/unified")
        }
        // The root of each worker's own file system has the same inode number, and the device that of
        // a campaign which was killed before it could remove its groups.
        let name = "crash-campaign-\(status.device)-\(MonotonicClock.now)"
        let top = "\(root)/\(name)"
        _ = try ControlGroup.make(at: top)
        own = try .make(at: "\(top)/drills")
        group = try .make(at: "\(top)/paused")
        try own.add(process)
        if let place = try? ThrottlePlace.find(), place.version == .blkio {
            throttled = try .make(name, in: place)
            try throttled?.add(process)
        } else {
            throttled = nil
        }
        children = try (0..<2).map { _ in
            try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: ["infinity"]))
        }
        for child in children { try group.add(child.identity) }
    }

    /// Ends the processes and removes the groups, which empty a moment after their processes' end.
    func remove() async {
        try? group.setFrozen(false)
        for child in children { _ = await child.terminate(grace: .zero) }
        if let root = ControlGroup.root,
            let file = try? Descriptor.open("\(root)/cgroup.procs", flags: O_WRONLY)
        {
            _ = write(file.number, "0", 1)
        }
        if let throttled {
            let above = throttled.path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
            try? throttled.empty(into: above)
            for _ in 0..<200 where !throttled.remove() {
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
        let top = own.path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
        for path in [group.path, own.path, top] {
            for _ in 0..<200 where rmdir(path) != 0 && errno != ENOENT {
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
    }
}

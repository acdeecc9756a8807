import Glibc
import Kernel

/// Processes in a control group of their own, beside the drill's target, for faults of whole groups.
struct Bystanders: Sendable {
    let group: ControlGroup
    private let children: [ChildProcess]

    /// Makes the group, named after the device that a directory lies on, with two processes.
    init(of directory: String) throws {
        guard let root = ControlGroup.root, let status = FileStatus.of(directory) else {
            throw CampaignError("find a cgroup v2 hierarchy: mount one on /sys/fs/cgroup/unified")
        }
        // The root of each worker's own file system has the same inode number.
        let path = "\(root)/crash-campaign-\(status.device)-\(status.inode)"
        guard mkdir(path, 0o755) == 0 else { throw CampaignError("create \(path)") }
        group = try ControlGroup(path)
        var children: [ChildProcess] = []
        for _ in 0..<2 {
            let child = try ChildProcess.spawn(
                .init(executable: "/bin/sleep", arguments: ["infinity"]))
            children.append(child)
            let file = try Descriptor.open("\(path)/cgroup.procs", flags: O_WRONLY)
            let number = Array("\(child.identity.pid)".utf8)
            guard write(file.number, number, number.count) == number.count else {
                throw CampaignError("put a process into \(path)")
            }
        }
        self.children = children
    }

    /// Ends the processes and removes the group, which empties a moment after their end.
    func remove() async {
        try? group.setFrozen(false)
        for child in children { _ = await child.terminate(grace: .zero) }
        for _ in 0..<200 where rmdir(group.path) != 0 {
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}

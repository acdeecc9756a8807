import Glibc
import HostResidue
import Kernel

/// Namespaces in which nobody else is at work, and a file system of their own for everything.
struct Sandbox {
    let directory: String
    let programs: String
    let playbook: String
    /// Processes beside the target that a drill pauses by their control group.
    let bystanders: Bystanders
    /// An interface beside the target's that a drill disturbs.
    let wire: Wire

    private var state: String { "\(directory)/state" }
    private var evidence: String { "\(directory)/evidence" }

    /// Mounts the file system and brings the loopback interface up.
    ///
    /// This process must be the first of its process namespace: then all others are the drills'.
    init(directory: String, programs: String, playbook: String) async throws {
        guard getpid() == 1 else {
            throw CampaignError(
                "start: run it by `unshare --net --pid --mount --fork --mount-proc`")
        }
        self.directory = directory
        self.programs = programs
        self.playbook = playbook
        try MountNamespace.mountTemporary(at: directory, size: 512 << 20)
        bystanders = try Bystanders(of: directory)
        let up = try ChildProcess.spawn(
            .init(executable: "/sbin/ip", arguments: ["link", "set", "lo", "up"]))
        guard await up.wait() == .exited(0) else { throw CampaignError("ip link set lo up") }
        wire = try await Wire()
        for path in [state, evidence] {
            guard mkdir(path, 0o700) == 0 else { throw CampaignError("create \(path)") }
        }
    }

    /// Ends what was started beside the drills.
    func remove() async {
        await wire.remove()
        await bystanders.remove()
    }

    func snapshot() throws -> HostSnapshot {
        var scope = ResidueScope(directory: directory, evidence: evidence, state: state)
        scope.controlGroups = [bystanders.own.path] + (bystanders.throttled.map { [$0.path] } ?? [])
        return try .take(scope)
    }

    func start(_ arguments: [String], output: String = "output.txt") throws -> ChildProcess {
        let file = try Descriptor.open(
            "\(directory)/\(output)", flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        return try ChildProcess.spawn(
            .init(
                executable: "\(programs)/firedrill", arguments: arguments,
                environment: [
                    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=\(directory)",
                    "FIREDRILL_STATE=\(state)", "FIREDRILL_EVIDENCE=\(evidence)",
                    "FIREDRILL_POLICY=",
                ], workingDirectory: directory, standardOutput: file.number,
                standardError: file.number))
    }

    /// The guardian of a drill, or the standby; waits until there is one, at most as long as the
    /// drill lives.
    func watcher(
        of drill: ChildProcess, isStandby: Bool, isAwaited: Bool = true
    ) async -> ProcessIdentity? {
        repeat {
            for identity in ProcessTable.all()
            where ProcessTable.parent(of: identity.pid) == drill.identity.pid {
                let line = ProcessTable.commandLine(of: identity.pid) ?? []
                guard line.first?.hasSuffix("/firedrill-guardian") == true,
                    line.contains("--standby") == isStandby
                else { continue }
                return identity
            }
            guard isAwaited else { return nil }
            try? await Task.sleep(for: .milliseconds(5))
        } while drill.status == nil
        return nil
    }

    /// How many faults the drill's evidence says were in at one time or another.
    func faultsSeen() -> Int {
        Descriptor.names(in: evidence).reduce(0) { count, drill in
            let lines = text("evidence/\(drill)/events.jsonl").split(separator: "\n")
            return count + lines.count { $0.contains("faultInjected") }
        }
    }

    func removeEvidence() throws {
        guard let status = FileStatus.of(evidence) else { return }
        _ = try DirectoryTree.remove(evidence, device: status.device, inode: status.inode)
        guard mkdir(evidence, 0o700) == 0 else { throw CampaignError("create \(evidence)") }
    }

    var output: String { text("output.txt") }

    func text(_ name: String) -> String {
        guard let file = try? Descriptor.open("\(directory)/\(name)", flags: O_RDONLY),
            let bytes = try? file.readAll()
        else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A failure of the campaign itself.
struct CampaignError: Error, CustomStringConvertible {
    var description: String

    init(_ attempt: String) {
        description = "cannot \(attempt)"
    }
}

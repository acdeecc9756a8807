import Glibc
import Kernel
import Records
import Synchronization

/// A node's real disk, and the control group that makes it slow.
final class KernelSlowDisk: SlowDisk {
    private struct State {
        var group: ThrottleGroup?
        /// The directory of the group that the node was in before.
        var home: String?
        var device: UInt64 = 0
    }

    let path: String
    private let name: String
    private let victim: DiskVictim
    private let place: ThrottlePlace
    private let state = Mutex(State())

    init(_ victim: DiskVictim, identifier: String, place: ThrottlePlace) {
        self.victim = victim
        self.place = place
        // No other drill, and no other fault, makes a group of this name.
        name = "firedrill-\(MonotonicClock.now)-\(identifier)-\(victim.node)"
        path = "\(place.directory)/\(name)"
    }

    var node: String { victim.node }

    func prepare() throws {
        let device = try FileSystem.statistics(at: victim.mountPoint).device
        guard let home = place.directory(of: victim.process) else {
            throw FaultError(
                attempted: "make the disk slow", object: "node \(node)",
                reason: "its process has ended, or is in no group that can be seen")
        }
        state.withLock { ($0.home, $0.device) = (home, device) }
    }

    func slow(_ limit: ThrottleGroup.Limit) throws {
        let device = state.withLock(\.device)
        let group = try ThrottleGroup.make(name, in: place)
        state.withLock { $0.group = group }
        try group.setLimit(limit, of: device)
        try group.add(victim.process)
    }

    func limit() throws -> ThrottleGroup.Limit? {
        let (group, device) = state.withLock { ($0.group, $0.device) }
        guard let group, group.processes.contains(victim.process) else { return nil }
        return group.limit(of: device)
    }

    func lift() {
        let (group, device) = state.withLock { ($0.group, $0.device) }
        // One that cannot be lifted goes with its group, only later.
        try? group?.removeLimits(of: device)
    }

    func release() throws -> Bool {
        let (group, home) = state.withLock { ($0.group, $0.home) }
        guard let group, group.exists else { return true }
        if let home { try group.empty(into: home) }
        return group.remove()
    }

    func comparisons() -> [Comparison] {
        let (group, home) = state.withLock { ($0.group, $0.home) }
        guard let group, let home else { return [] }
        let isGone = !group.exists
        var comparisons = [
            Comparison(
                what: "\(group)", before: "absent", after: isGone ? "absent" : "still there",
                isSame: isGone)
        ]
        if let now = place.directory(of: victim.process) {
            comparisons.append(
                Comparison(
                    what: "group of node \(node), \(victim.process)", before: home, after: now,
                    isSame: now == home))
        }
        return comparisons
    }

    func trial(_ size: TrialSize, within bound: Duration) async throws -> Duration {
        let file = "\(victim.mountPoint)/.firedrill-trial"
        defer { unlink(file) }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw KernelError(call: "pipe", object: "a trial", reason: .errno(errno))
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (start, quiet) = (
            Descriptor(ends[1]), try Descriptor.open("/dev/null", flags: O_RDWR)
        )
        let writer: ChildProcess
        do {
            let input = Descriptor(ends[0])
            // It waits for a byte until it has been moved into the group.
            writer = try ChildProcess.spawn(
                .init(
                    executable: "/bin/sh",
                    arguments: [
                        "-c",
                        "read -r start && exec dd if=/dev/zero of=\"$0\" bs=\(size.bytes) "
                            + "count=\(size.count) oflag=dsync", file,
                    ], environment: ["PATH=/usr/bin:/bin"], standardInput: input.number,
                    standardOutput: quiet.number, standardError: quiet.number))
        }
        if let group = state.withLock(\.group), group.exists { try group.add(writer.identity) }
        let begin = MonotonicClock.now
        guard write(start.number, "\n", 1) == 1 else {
            throw KernelError(call: "write", object: "a trial", reason: .errno(errno))
        }
        let status = await writer.wait(atMost: bound)
        let time = Duration.nanoseconds(MonotonicClock.now - begin)
        guard status == .exited(0) else {
            _ = await writer.terminate(grace: .zero)
            try Task.checkCancellation()
            throw FaultError(
                attempted: "write \(size.count * size.bytes) bytes", object: "node \(node)'s disk",
                reason: status.map { "dd ended with \($0)" }
                    ?? "it took longer than \(DurationText(bound))")
        }
        return time
    }
}

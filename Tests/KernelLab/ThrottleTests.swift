import Foundation
import Kernel
import Testing

/// The io controller of cgroup v2, which the host that boots this machine need not have.
@Suite("A disk bounded by a control group of version 2", .serialized, .timeLimit(.minutes(2)))
struct ThrottleTests {
    init() throws { try Machine.require() }

    private let controllers = "/sys/fs/cgroup/cgroup.subtree_control"

    /// Writes 512 KiB past the cache, from a shell in a group; returns how long it took.
    private func write(to disk: String, in group: ThrottleGroup) async throws -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        try await shell(
            """
            echo $$ >\(group.path)/cgroup.procs
            exec dd if=/dev/zero of=\(disk) bs=64k count=8 oflag=direct status=none
            """)
        return clock.now - start
    }

    private func device(_ path: String) throws -> UInt64 {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return UInt64(status.st_rdev)
    }

    @Test("is slow while it is bounded, and as before when it is not; the kernel tells the bound")
    func bound() async throws {
        // Without the controllers there is no place, and the error says how to get one.
        let error = #expect(throws: KernelError.self) { try ThrottlePlace.find() }
        #expect(error?.remedy.contains("+io +memory") == true, "\(String(describing: error))")
        try await shell("echo '+io +memory' >\(controllers)")
        let disk = "/dev/loop7"
        try await shell(
            """
            set -e
            modprobe loop
            truncate -s 4M /run/disk
            [ -e \(disk) ] || mknod \(disk) b 7 7
            losetup \(disk) /run/disk
            """)
        let place = try ThrottlePlace.find()
        #expect(place.version == .io)
        let group = try ThrottleGroup.make("lab-throttle", in: place)
        let number = try device(disk)
        let open = ThrottleGroup.Limit(bytes: nil, operations: nil)
        let limit = ThrottleGroup.Limit(bytes: 256 << 10, operations: nil)

        let before = try await write(to: disk, in: group)
        #expect(group.limit(of: number) == open)
        try group.setLimit(limit, of: number)
        #expect(group.limit(of: number) == limit)
        let during = try await write(to: disk, in: group)
        try group.setLimit(open, of: number)
        #expect(group.limit(of: number) == open)
        let after = try await write(to: disk, in: group)
        print("512 KiB at 256 KiB/s: \(before) before, \(during) during, \(after) after")
        // The kernel lets the first slice pass at once.
        #expect(during > .seconds(1))
        #expect(during > before * 2 && during > after * 2)

        #expect(group.processes.isEmpty)
        #expect(group.remove() && !group.exists)
        try await shell(
            """
            losetup -d \(disk)
            rm /run/disk
            echo '-io -memory' >\(controllers)
            """)
    }
}

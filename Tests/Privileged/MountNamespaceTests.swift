import Glibc
import Kernel
import Testing

@Suite("A mount namespace of the drill's own", .timeLimit(.minutes(2)))
struct MountNamespaceTests {
    @Test("hides a tmpfs from everybody else, and is filled to its last block by a ballast")
    func temporary() async throws {
        let directory = try makeDirectory()
        defer { rmdir(directory) }
        await #expect(processExitsWith: .success) { [directory = directory as String] in
            try MountNamespace.unshare()
            #expect(MountNamespace.isPrivate)
            try MountNamespace.mountTemporary(at: directory, size: 8 << 20)
            try fill(directory, type: "tmpfs")
        }
        // The child is gone, and with it the namespace.
        #expect(FileSystem.mountPoint(of: directory) != directory)
    }

    @Test("holds an ext4 file system in a file, whose loop device goes with it")
    func loop() async throws {
        let directory = try makeDirectory()
        let image = directory + ".image"
        defer {
            unlink(image)
            rmdir(directory)
        }
        try await MountNamespace.makeExt4Image(at: image, size: 16 << 20)
        await #expect(processExitsWith: .success) {
            [directory = directory as String, image = image as String] in
            try MountNamespace.unshare()
            try MountNamespace.mountLoop(at: directory, image: image)
            try fill(directory, type: "ext4")
        }
        #expect(FileSystem.mountPoint(of: directory) != directory)
        #expect(await eventually { backingFiles().allSatisfy { !$0.contains(image) } })
    }

    private func makeDirectory() throws -> String {
        let name = "/tmp/firedrill-mount-\(UInt64.random(in: 0 ... .max))"
        try #require(mkdir(name, 0o700) == 0)
        return name
    }

    private func backingFiles() -> [String] {
        Descriptor.names(in: "/sys/block").compactMap { name in
            let path = "/sys/block/\(name)/loop/backing_file"
            guard let file = try? Descriptor.open(path, flags: O_RDONLY) else { return nil }
            return (try? file.readAll()).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private func eventually(_ condition: () -> Bool) async -> Bool {
        for _ in 0..<500 {
            if condition() { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return condition()
    }
}

/// Fills a file system with a ballast, sees that nothing can be written, and gives it all back.
private func fill(_ directory: String, type: String) throws {
    let before = try FileSystem.statistics(at: directory)
    #expect(before.type == type)
    #expect(FileSystem.mountPoint(of: directory) == directory)
    let ballast = try Ballast(directory: directory)
    let part = try ballast.grow(to: before.availableBytes / 2)
    #expect(part >= before.availableBytes / 2)
    let half = try FileSystem.statistics(at: directory)
    #expect(before.availableBytes - half.availableBytes >= part)
    // More than there is: it keeps what it could get.
    let all = try ballast.grow(to: before.totalBytes * 2)
    #expect(all > part)
    let full = try FileSystem.statistics(at: directory)
    #expect(full.availableBytes <= 64 * full.blockBytes, "\(full)")
    let file = open("\(directory)/file", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    let block = [UInt8](repeating: 1, count: 1 << 20)
    let written = pwrite(file, block, block.count, 0)
    #expect(written < block.count)
    close(file)
    unlink("\(directory)/file")
    ballast.release()
    let after = try FileSystem.statistics(at: directory)
    #expect(abs(after.availableBytes - before.availableBytes) <= 64 * after.blockBytes)
}

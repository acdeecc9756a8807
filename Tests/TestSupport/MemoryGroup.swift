import Glibc
public import Kernel
import Testing

/// A group with a bound on its memory, by whichever hierarchy has the controller.
public struct MemoryGroup {
    public let path: String

    /// Makes one; needs root.
    public init(limit: Int) throws {
        let first = "/sys/fs/cgroup/memory"
        let isFirst = FileStatus.of(first) != nil
        let root = try #require(isFirst ? first : ControlGroup.root)
        if !isFirst { try Self.write("+memory", to: "\(root)/cgroup.subtree_control") }
        path = "\(root)/firedrill-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try #require(mkdir(path, 0o755) == 0, "cannot make a control group: run as root")
        try Self.write(
            "\(limit)", to: "\(path)/\(isFirst ? "memory.limit_in_bytes" : "memory.max")")
    }

    /// Moves a process into it.
    public func add(_ process: ProcessIdentity) throws {
        try Self.write("\(process.pid)", to: "\(path)/cgroup.procs")
    }

    /// Removes it once it is empty, within five seconds.
    public func remove() async {
        for _ in 0..<500 where rmdir(path) != 0 {
            try? await Task.sleep(for: .milliseconds(10))
        }
        #expect(FileStatus.of(path) == nil)
    }

    /// Writes a text to a file of a pseudo file system.
    public static func write(_ text: String, to path: String) throws {
        let file = try Descriptor.open(path, flags: O_WRONLY)
        let bytes = Array(text.utf8)
        try #require(Glibc.write(file.number, bytes, bytes.count) == bytes.count, "\(path)")
    }
}

import Kernel
import Playbooks

/// How full a file system is, in bytes that an ordinary user may have.
struct DiskSpace: Sendable, Equatable {
    var total: Int64
    var available: Int64
    /// The size of the smallest piece of space that can be had.
    var block: Int64
}

/// What `disk.fill` needs of file systems; the kernel's, and in tests a made-up one.
protocol FillableDisk: Sendable {
    /// The root of the file system that holds `path`.
    func mountPoint(of path: String) throws -> String
    func space(at path: String) throws -> DiskSpace
    /// Makes an empty ballast that takes no space yet and leaves with its last reference.
    func makeBallast(in directory: String) throws -> any DiskBallast
}

/// Space that is taken and held.
protocol DiskBallast: Sendable {
    /// Grows to as much of `bytes` as there is room for, and answers what it holds now.
    func grow(to bytes: Int64) throws -> Int64
    /// What tells it from all other files; nil when nothing does.
    var status: FileStatus? { get }
    /// Gives all of it back; safe to call twice.
    func release()
}

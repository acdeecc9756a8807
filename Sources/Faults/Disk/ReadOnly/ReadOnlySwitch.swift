import Kernel

/// The disk of a node, as far as whether it can be written is concerned; replaced in unit tests.
protocol ReadOnlySwitch: Sendable {
    /// The type of the file system that is mounted here.
    func type(at mountPoint: String) throws -> String
    func makeReadOnly(at mountPoint: String) throws
    func isReadOnly(at mountPoint: String) -> Bool
}

/// The real disk.
struct KernelReadOnlySwitch: ReadOnlySwitch {
    func type(at mountPoint: String) throws -> String {
        try FileSystem.statistics(at: mountPoint).type
    }

    func makeReadOnly(at mountPoint: String) throws {
        try FileSystem.failIntoReadOnly(at: mountPoint)
    }

    func isReadOnly(at mountPoint: String) -> Bool { FileSystem.isReadOnly(at: mountPoint) }
}

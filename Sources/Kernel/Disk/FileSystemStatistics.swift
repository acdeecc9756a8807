/// How large and how full a file system is.
public struct FileSystemStatistics: Sendable, Hashable {
    /// `ext4`, `tmpfs`; the magic number in hexadecimal for one without a name here.
    public var type: String
    /// The number of the device (stat(2)).
    public var device: UInt64
    public var totalBytes: Int64
    /// Free bytes, those set aside for root included.
    public var freeBytes: Int64
    /// Free bytes for a user without privileges.
    public var availableBytes: Int64
    /// The size of a block: no allocation is smaller.
    public var blockBytes: Int64
    public var totalInodes: Int64
    public var freeInodes: Int64
}

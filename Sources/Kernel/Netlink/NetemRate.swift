/// How fast netem lets packets pass (tc-netem(8), `rate`).
public struct NetemRate: Sendable, Hashable {
    public var bytesPerSecond: UInt64
    /// Bytes that each packet counts more; negative for fewer.
    public var packetOverhead: Int32
    /// Bytes of the cells that a link below sends; 0 for none.
    public var cellSize: UInt32
    /// Bytes that each cell counts more; negative for fewer.
    public var cellOverhead: Int32

    public init(
        bytesPerSecond: UInt64, packetOverhead: Int32 = 0, cellSize: UInt32 = 0,
        cellOverhead: Int32 = 0
    ) {
        self.bytesPerSecond = bytesPerSecond
        self.packetOverhead = packetOverhead
        self.cellSize = cellSize
        self.cellOverhead = cellOverhead
    }
}

extension NetemRate: ExpressibleByIntegerLiteral {
    /// Bytes a second.
    public init(integerLiteral value: UInt64) { self.init(bytesPerSecond: value) }
}

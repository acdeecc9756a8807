/// What the kernel says of a netem that was asked for.
public struct QueueingReading: Sendable, Equatable {
    /// One sentence for each thing that is not in the kernel as asked.
    public var differences: [String]
    /// One sentence for each thing that this kernel has left out and that does no harm.
    public var notes: [String]

    public init(differences: [String] = [], notes: [String] = []) {
        self.differences = differences
        self.notes = notes
    }
}

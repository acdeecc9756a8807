import Glibc
import Kernel
import Records

/// The disk of one node, as far as its speed is concerned; replaced in unit tests.
protocol SlowDisk: Sendable {
    var node: String { get }
    /// The directory of the group that will be made.
    var path: String { get }
    /// Looks at the node's process; changes nothing.
    func prepare() throws
    /// Makes the group, and moves the node into it.
    func slow(_ limit: ThrottleGroup.Limit) throws
    /// What the kernel says is allowed; nil when the node is not in the group.
    func limit() throws -> ThrottleGroup.Limit?
    /// Lets everything through, from any thread and without waiting; the group stays.
    func lift()
    /// Moves back what is in the group, and removes it; false when somebody still keeps it.
    func release() throws -> Bool
    /// What is still there of the group, and where the node is, compared with before.
    func comparisons() -> [Comparison]
    /// How long a trial takes that writes so much, inside the group when there is one.
    func trial(_ size: TrialSize, within bound: Duration) async throws -> Duration
}

/// So many writes of so many bytes, each waited for until it is on the disk.
struct TrialSize: Sendable, Equatable {
    var count: Int64
    var bytes: Int64

    /// As much as takes the limit a second.
    init(_ limit: ThrottleGroup.Limit) {
        // A block of the file system at a time where writes are counted, more where bytes are.
        let block =
            limit.operations != nil
            ? 4096 : max(4096, min(1 << 20, (limit.bytes ?? 4096) / 8 / 4096 * 4096))
        bytes = block
        count = max(2, min(limit.bytes.map { $0 / block } ?? .max, limit.operations ?? .max))
    }

    /// What it takes at least under a limit: the first write has nothing to wait for, and the kernel
    /// counts in slices of time.
    func shortest(under limit: ThrottleGroup.Limit) -> Duration {
        let byBytes = limit.bytes.map { Double((count - 1) * bytes) / Double($0) } ?? 0
        let byOperations = limit.operations.map { Double(count - 1) / Double($0) } ?? 0
        return .seconds(max(byBytes, byOperations) * 0.85)
    }
}

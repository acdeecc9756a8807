import Kernel
import Records
import Systems

/// How nodes get another clock, and lose it again; replaced in unit tests.
protocol SkewMeans: Sendable {
    var backend: String { get }
    var note: String { get }
    /// Looks at the nodes' processes; changes nothing.
    func prepare() async throws
    func skew(by offset: Duration) async throws
    /// Takes it out; safe to call twice, and when nothing is in.
    func remove() async throws
    /// Compares what was changed with what it was before.
    func comparisons() async -> [Comparison]
    /// The clock that is changed, out of what a node shows.
    func reading(_ clock: NodeClock) -> Int64?
    /// The same clock of this process, undisturbed; nanoseconds.
    func now() -> Int64
}

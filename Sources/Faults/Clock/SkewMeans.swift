import Kernel
import Playbooks
import Records
import Systems

/// How nodes get another clock, and lose it again; replaced in unit tests.
protocol SkewMeans: Sendable {
    var backend: String { get }
    var note: String { get }
    /// What is put off, in the words of the record.
    var clock: String { get }
    /// Whose readings prove it: `by the node itself`.
    var witness: String { get }
    /// Why a node might show another time than was asked; empty when nothing is known.
    var doubt: String { get }
    /// How often the nodes' clocks are read.
    var period: Duration { get }
    /// Processes that were ended beside those of the aim.
    var hit: [AimedObject] { get async }
    /// Looks at the nodes' processes; changes nothing.
    func prepare() async throws
    func skew(by offset: Duration) async throws
    /// Throws when what the kernel holds of the nodes is not what was asked.
    func readBack(_ offset: Duration) async throws
    /// Takes it out; safe to call twice, and when nothing is in.
    func remove() async throws
    /// Compares what was changed with what it was before.
    func look(isBrief: Bool) async -> NodeRestart.Look
    /// How far a node's clock is off; nil when it does not show it now.
    func reading(of node: String) async -> SkewReading?
}

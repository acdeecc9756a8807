/// A directory of drills' evidence, and whose drills may be believed there.
public struct EvidencePlace: Sendable, Hashable {
    public var path: String
    /// The number of the user to whom a drill's directory must belong.
    public var owner: UInt32

    public init(path: String, owner: UInt32) {
        self.path = path
        self.owner = owner
    }
}

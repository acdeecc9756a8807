/// One thing on the host that is not as it was.
public struct Residue: Sendable, Equatable, CustomStringConvertible {
    public var kind: ResidueKind
    /// What it is: an interface, a path, a process.
    public var object: String
    /// How it was; nil when it was not there.
    public var before: String?
    /// How it is; nil when it is gone.
    public var now: String?

    public var description: String {
        "\(kind.rawValue) \(object): was \(before ?? "absent"), is \(now ?? "absent")"
    }
}

import Kernel

/// A state directory in which a drill that died may have left undo records, and whose it is.
public struct RevertPlace: Sendable, Hashable {
    public var path: String
    /// The number of the user with whose rights, and no others, its records are replayed.
    public var owner: UInt32

    public init(path: String, owner: UInt32) {
        self.path = path
        self.owner = owner
    }
}

extension DrillReach {
    /// Where the drills that died have left undo records, beside this user's own directories.
    ///
    /// The standard places, and those that the register names: a drill's state directory may be
    /// anywhere. An entry of the register counts for a directory of its owner's alone, so that nobody
    /// has another user's directory reverted by naming it.
    public func revertible(besides own: [String]) -> [RevertPlace] {
        var places = directories.compactMap { path in
            FileStatus.of(path).map { RevertPlace(path: path, owner: $0.owner) }
        }
        for place in register?.unsettled() ?? [] where !places.contains(place) {
            places.append(place)
        }
        return places.filter { !own.contains($0.path) }
    }
}

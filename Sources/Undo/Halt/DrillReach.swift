/// Where somebody's word to stop drills is heard.
public struct DrillReach: Sendable {
    /// State directories, in which journals tell of drills.
    public var directories: [String]
    /// The register of the host, which tells of drills wherever their journals lie; nil for none.
    public var register: DrillRegister?

    public init(directories: [String], register: DrillRegister? = nil) {
        self.directories = directories
        self.register = register
    }

    /// What this user's word reaches: root's every drill of the host, another's that user's own.
    ///
    /// - Parameters:
    ///   - stateDirectory: a state directory that was named: the drills that use it are then all
    ///     that is meant; nil for no such limit.
    ///   - environment: where XDG_STATE_HOME and its like are looked up.
    public init(stateDirectory: String?, environment: [String: String]) {
        if let stateDirectory {
            self.init(directories: [stateDirectory])
        } else {
            self.init(
                directories: StateDirectory.reachable(environment: environment), register: .host)
        }
    }
}

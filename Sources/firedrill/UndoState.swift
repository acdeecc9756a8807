import FoundationEssentials
import Undo

/// Where undo records are kept between drills.
enum UndoState {
    /// The standard directory, unless `FIREDRILL_STATE` names another.
    ///
    /// A drill and the `revert` after it must agree on it.
    static var directory: String {
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["FIREDRILL_STATE"], !path.isEmpty { return path }
        return StateDirectory.standardPath(environment: environment)
    }
}

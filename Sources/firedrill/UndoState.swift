import Drills
import FoundationEssentials
import Undo

/// Where undo records and halt orders are kept between drills.
enum UndoState {
    /// The state directory that `FIREDRILL_STATE` names, if it does.
    static var named: String? {
        let path = ProcessInfo.processInfo.environment["FIREDRILL_STATE"]
        return path.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The standard directory, unless `FIREDRILL_STATE` names another.
    ///
    /// A drill and the `revert` after it must agree on it.
    static var directory: String {
        named ?? StateDirectory.standardPath(environment: ProcessInfo.processInfo.environment)
    }

    /// Where else records of this user's drills may lie; nowhere when a directory is named.
    static var otherDirectories: [String] {
        guard named == nil else { return [] }
        return Array(
            StateDirectory.paths(environment: ProcessInfo.processInfo.environment).dropFirst())
    }

    /// The drills that this user may stop and revert.
    static var reach: DrillReach {
        DrillReach(stateDirectory: named, environment: ProcessInfo.processInfo.environment)
    }

    /// The halt orders that this user's drills obey.
    static var haltOrders: HaltOrders {
        HaltOrders(
            stateDirectory: named, home: ProcessInfo.processInfo.environment["HOME"])
    }

    /// The list of where this user's drills leave their evidence.
    static var evidencePlaces: EvidencePlaces {
        EvidencePlaces(stateDirectory: named, home: ProcessInfo.processInfo.environment["HOME"])
    }
}

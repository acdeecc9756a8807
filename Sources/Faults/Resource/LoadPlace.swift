import Kernel

/// Where the control group of a load is made, and what is said of it.
struct LoadPlace: Sendable, Equatable {
    /// Nil where no group can be made.
    var directory: String?
    var note: String

    /// Looks for the group that this process is in itself; changes nothing.
    static func find() -> LoadPlace {
        do {
            return LoadPlace(
                directory: try ControlGroup.ownDirectory(),
                note: "\(CPULoad.note), in a control group of their own")
        } catch {
            return LoadPlace(
                directory: nil, note: "\(CPULoad.note); in no control group of their own: \(error)")
        }
    }
}

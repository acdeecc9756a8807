import Glibc
import Kernel
import Records

/// Another drill of the host, and what it has of it.
public struct OtherDrill: Sendable {
    public var drill: String
    public var owner: UInt32
    /// False for one that died and is not undone.
    public var isAlive: Bool
    public var use: HostUse
    /// Where its undo records lie; a stranger's word, and no text to print.
    let stateDirectory: String

    /// Why nobody else may have what it holds, and what to do about it.
    public var hindrance: (reason: String, remedy: String) {
        let name = "drill \(drill)" + (owner == geteuid() ? "" : " of user \(owner)")
        return isAlive
            ? ("\(name) is at work on it", "wait for its end")
            : ("\(name) died and is not undone", "run \(revertCommand)")
    }

    /// What takes its faults out: wherever its records lie, and whatever names another place here.
    private var revertCommand: String {
        guard owner == geteuid() else {
            return "firedrill revert --all as root, without FIREDRILL_STATE"
        }
        return "FIREDRILL_STATE=\(ShellWord.quoted(stateDirectory)) firedrill revert"
    }

    init(_ drill: RegisteredDrill, use: HostUse) {
        self.drill = drill.drill
        owner = drill.owner
        isAlive = drill.isAlive || drill.isGuarded
        stateDirectory = drill.stateDirectory
        self.use = use.believed(of: drill.owner, by: geteuid()) {
            FileStatus.of("/proc/\($0)")?.owner
        }
    }

    /// Whether it may be believed that the drill holds a resource.
    ///
    /// Anybody may write anything into an entry of their own. What a user could not touch cannot keep
    /// other users' drills away.
    public func isBelieved(toHold resource: String) -> Bool {
        guard use.resources.contains(resource) else { return false }
        guard owner != 0, owner != geteuid() else { return true }
        if resource.hasPrefix("queueing of ") { return false }
        let words = resource.split(separator: " ")
        guard words.count > 2, words[0] == "process", words[1] == "pid" else { return true }
        return FileStatus.of("/proc/\(words[2])")?.owner == owner
    }
}

import Kernel
import Undo

/// A way to make processes stand still and go on again.
protocol PauseMeans: Sendable {
    /// `ptrace`, `freezer`, `pidfd`: how reports call it.
    var backend: String { get }
    var note: String { get }

    /// The inverses that have to be on record before ``pause()``, each with its summary.
    var reversals: [(summary: String, reversal: Reversal)] { get }

    /// Throws when somebody else keeps a process from running, whom our undo would overrule.
    func check() throws

    /// Makes the processes stand still; ``standing(of:)`` says when they do.
    func pause() throws

    /// How a process is now; throws when it cannot be made to stand still.
    func standing(of process: ProcessIdentity) throws -> Standing

    /// Lets the processes go on; safe to call twice, and when nothing was paused.
    func resume() throws
}

/// Whether a process runs.
enum Standing: Sendable, Equatable {
    case paused, running, ended
}

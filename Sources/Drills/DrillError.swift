import Glibc
import Kernel

/// A failure of the harness itself: never a finding about the target.
public struct DrillError: Error, CustomStringConvertible, Sendable {
    /// What was attempted, and on what: "write evidence/…/events.jsonl".
    public var attempt: String
    public var reason: String
    /// What to do about it; empty when nothing more is known.
    public var remedy: String
    /// Whether the caller asked for what there is not, and the tool did not fail.
    public var isUsage: Bool

    public init(_ attempt: String, reason: String, remedy: String = "", isUsage: Bool = false) {
        self.attempt = attempt
        self.reason = reason
        self.remedy = remedy
        self.isUsage = isUsage
    }

    /// A file that could not be written, by the errno of the call that failed.
    init(_ attempt: String, errno number: Int32) {
        self.init(
            attempt, reason: String(cString: strerror(number)),
            remedy: KernelError.remedy(forFile: number))
    }

    /// What the kernel did not do.
    init(_ attempt: String, _ error: KernelError) {
        if let number = error.number {
            self.init(attempt, errno: number)
        } else {
            self.init(attempt, reason: "\(error)")
        }
    }

    public var description: String {
        "could not \(attempt): \(reason)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}

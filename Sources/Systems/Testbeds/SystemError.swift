import Glibc
import Kernel

/// Why a target could not be started, asked or stopped: the harness's trouble, not a finding.
public struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was attempted: `start node a`.
    public var attempt: String
    public var reason: String
    /// What a person can do about it; empty when nothing is known.
    public var remedy: String

    public init(attempt: String, reason: String, remedy: String = "") {
        self.attempt = attempt
        self.reason = reason
        self.remedy = remedy
    }

    /// A file that could not be written, by the errno of the call that failed.
    init(attempt: String, errno number: Int32) {
        self.init(
            attempt: attempt, reason: String(cString: strerror(number)),
            remedy: KernelError.remedy(forFile: number))
    }

    public var description: String {
        "\(attempt): \(reason)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}

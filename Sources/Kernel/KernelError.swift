import CLinux
import Glibc

/// A call into the kernel that failed: what was attempted, on what, why, and what to do.
public struct KernelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Why a call failed.
    public enum Reason: Sendable, Hashable {
        /// An errno of a system call.
        case errno(Int32)
        /// An error number of libnl (NLE_…, negative) and its text; not an errno.
        case netlink(Int32, text: String)
        /// The object is gone, or another one has taken its place.
        case vanished
        /// A reason found by Firedrill itself.
        case refused(String)
    }

    /// The call, as in its man page: `pidfd_open`.
    public var call: String
    /// What it was called on: `pid 4711`, `/run/firedrill`.
    public var object: String
    public var reason: Reason
    /// What a person can do about it; empty when nothing is known.
    public var remedy: String

    public init(call: String, object: String, reason: Reason, remedy: String = "") {
        self.call = call
        self.object = object
        self.reason = reason
        self.remedy = remedy
    }

    /// The errno, where a system call gave one.
    public var number: Int32? {
        if case .errno(let number) = reason { number } else { nil }
    }

    public var description: String {
        let cause =
            switch reason {
            case .errno(let number): Self.text(of: number)
            case .netlink(let number, let text): "\(text) (libnl \(number))"
            case .vanished: "it is gone"
            case .refused(let text): text
            }
        return "\(call) on \(object): \(cause)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }

    /// What a person can do when a file could not be written; empty when nothing is known.
    public static func remedy(forFile number: Int32) -> String {
        switch number {
        case ENOSPC: "free some space or inodes there, or use another file system"
        case EDQUOT: "raise the quota there, or use another file system"
        default: ""
        }
    }

    /// `No space left on device (ENOSPC)`.
    static func text(of number: Int32) -> String {
        guard let text = clinux_errno_text(number), let name = clinux_errno_name(number) else {
            return "errno \(number)"
        }
        return "\(String(cString: text)) (\(String(cString: name)))"
    }
}

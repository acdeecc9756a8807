import Playbooks
import Records

extension UndoneEntry {
    /// The line that a terminal shows.
    var line: String {
        switch self {
        case .note(let text): return "note: \(text)"
        case .undone(let undone):
            let outcome =
                undone.failure
                ?? (undone.isVerified
                    ? "verified" : undone.isClean ? "not verified" : "not as before")
            let actor =
                undone.isKernels == true
                ? "by the kernel, looked at by \(undone.by.rawValue)" : "by \(undone.by.rawValue)"
            return "\(undone.identifier): \(undone.summary): \(actor) in "
                + "\(undone.duration.duration.text), \(outcome)"
        }
    }
}

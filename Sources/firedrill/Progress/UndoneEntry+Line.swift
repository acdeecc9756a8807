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
            return "\(undone.identifier): \(undone.summary): by \(undone.by.rawValue) in "
                + "\(undone.duration.duration.text), \(outcome)"
        }
    }
}

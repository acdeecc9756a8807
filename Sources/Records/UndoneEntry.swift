/// One line of what was done for a drill when it could not do so itself: `undone.jsonl`.
public enum UndoneEntry: Sendable, Codable, Equatable {
    /// A record that the guardian or `firedrill revert` has replayed.
    case undone(UndoneRecord)
    /// What else they did, and why; a sentence.
    case note(String)
}

/// Whether the kernel has something, with the question that was asked and its answer.
public struct KernelAnswer: Sendable, Hashable {
    public enum Presence: String, Sendable, Codable {
        case present, absent
        /// The question could not be asked, or the answer means neither.
        case unknown
    }

    public var presence: Presence
    /// The question and the answer in one sentence.
    public var evidence: String

    public init(_ presence: Presence, _ evidence: String) {
        self.presence = presence
        self.evidence = evidence
    }
}

import Drills
import Playbooks

/// What is wrong with a playbook that somebody sent; variables of the environment stay unset.
enum PlaybookCheck {
    @Sendable
    static func problems(_ text: [UInt8], name: String) -> [String] {
        do {
            let playbook = try PlaybookDecoder(vocabulary: .firedrill).decode(
                text, file: "\(name).yaml", name: name, overrides: [:], environment: [:])
            let review = PlaybookReview(playbook)
            return (review.problems + review.faultProblems).sorted { $0.line < $1.line }.map {
                "line \($0.line): \($0.message)"
            }
        } catch {
            return error.problems.map { "line \($0.line): \($0.message)" }
        }
    }
}

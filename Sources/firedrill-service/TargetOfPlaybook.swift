import Drills
import Foundation
import Playbooks
import Scheduler

/// What a schedule must know of its playbook.
enum TargetOfPlaybook {
    /// What a playbook's drills disturb, in one line; throws when it is no valid playbook.
    static func find(_ path: String, _ settings: [String: String]) throws -> String {
        let playbook = try PlaybookDecoder(vocabulary: .firedrill).decode(
            fileAt: path, overrides: settings, environment: ProcessInfo.processInfo.environment)
        let review = PlaybookReview(playbook)
        let problems = review.problems + review.faultProblems
        guard problems.isEmpty else {
            throw PlaybookProblems(file: path, problems: problems.sorted { $0.line < $1.line })
        }
        let settings = playbook.target.settings.text
        // It is kept in the store and shown: a playbook's secrets are not for either.
        return playbook.secrets.redact(
            settings.isEmpty ? playbook.target.kind : "\(playbook.target.kind) \(settings)")
    }
}

import Records

/// One of the four questions that a verdict answers, with its answer.
struct Axis: Sendable, Equatable {
    let name: String
    let question: String
    let state: String
    let tone: Tone
    let sentence: String
}

extension Axis {
    /// The four axes of a drill, in the order of its phases.
    static func all(verdict: Verdict?, faults: [FaultRecord]) -> [Axis] {
        [
            precondition(verdict), injection(faults, isJudged: verdict != nil),
            hypothesis(verdict), undo(faults, isJudged: verdict != nil),
        ]
    }

    private static func precondition(_ verdict: Verdict?) -> Axis {
        let state: String
        let tone: Tone
        switch verdict?.precondition {
        case .held: (state, tone) = ("Held", .good)
        case .unmet: (state, tone) = ("Unmet", .bad)
        case .unknown: (state, tone) = ("Unknown", .unsure)
        case nil: (state, tone) = ("Not judged", .unsure)
        }
        return Axis(
            name: "Precondition", question: "Was the steady state there before the first fault?",
            state: state, tone: tone,
            sentence: verdict?.preconditionSentence ?? "The drill ended before it was judged.")
    }

    private static func injection(_ faults: [FaultRecord], isJudged: Bool) -> Axis {
        let confirmed = faults.count { $0.injection == .confirmed }
        let worst =
            faults.first { $0.injection == .mismatch }
            ?? faults.first { $0.injection == .unproven }
        let state: String
        let sentence: String
        if faults.isEmpty {
            state = "No faults"
            sentence = isJudged ? "The drill put no fault in." : "No fault had gone in."
        } else if !isJudged {
            state = "Not judged"
            sentence = "\(Format.plural(faults.count, "fault")) had been prepared or put in."
        } else if let worst {
            state = worst.injection.word
            sentence = "\(worst.identifier) \(worst.name): \(worst.proof)"
        } else {
            state = "Confirmed"
            sentence = "\(confirmed) of \(Format.plural(faults.count, "fault")) measured in effect."
        }
        return Axis(
            name: "Injection", question: "Did each fault really take effect?", state: state,
            tone: faults.isEmpty
                ? (isJudged ? .neutral : .unsure) : (worst == nil && isJudged ? .good : .unsure),
            sentence: sentence)
    }

    private static func hypothesis(_ verdict: Verdict?) -> Axis {
        let checks = verdict?.checks ?? []
        let broken = checks.filter { $0.status == .broken }
        let unsure = checks.filter { $0.status == .inconclusive }
        let state: String
        let tone: Tone
        let sentence: String
        if checks.isEmpty {
            (state, tone) = ("Not judged", .unsure)
            sentence = "No check was judged."
        } else if !broken.isEmpty {
            (state, tone) = ("Broken", .bad)
            let names = broken.map(\.check).joined(separator: ", ")
            sentence =
                "\(broken.count) of \(Format.plural(checks.count, "check")) broken: \(names)."
        } else if !unsure.isEmpty {
            (state, tone) = ("Inconclusive", .unsure)
            let names = unsure.map(\.check).joined(separator: ", ")
            sentence =
                "\(unsure.count) of \(Format.plural(checks.count, "check")) could not tell: \(names)."
        } else {
            (state, tone) = ("Held", .good)
            sentence =
                checks.count == 1
                ? "The one check held." : "All \(Format.plural(checks.count, "check")) held."
        }
        return Axis(
            name: "Hypothesis", question: "Did every check hold?", state: state, tone: tone,
            sentence: sentence)
    }

    private static func undo(_ faults: [FaultRecord], isJudged: Bool) -> Axis {
        let worst = faults.first { $0.undo == .residual } ?? faults.first { $0.undo == .unknown }
        let state: String
        let sentence: String
        if faults.isEmpty {
            state = "Nothing to undo"
            sentence = "No fault had to be taken out."
        } else if let worst {
            state = worst.undo.word
            sentence =
                "\(worst.identifier) \(worst.name): "
                + (worst.undo == .residual
                    ? "the prior state is not back."
                    : "nobody verified that the prior state is back.")
                + " “firedrill revert” takes out what is left."
        } else {
            state = "Clean"
            let others: [FaultRecord.UndoneBy] = [.guardian, .revert, .kernel]
            let counts = others.compactMap { other -> String? in
                let count = faults.count { $0.undoneBy == other }
                return count > 0 ? "\(count) \(other.phrase)" : nil
            }
            sentence =
                "\(faults.count) of \(Format.plural(faults.count, "fault")) out, prior state verified"
                + (counts.isEmpty ? "." : "; \(counts.joined(separator: ", ")).")
        }
        return Axis(
            name: "Undo", question: "Is everything as it was before?", state: state,
            tone: faults.isEmpty ? .neutral : (worst?.undo.tone ?? .good), sentence: sentence)
    }
}

public import Records

/// What a state means to the reader; carried by a word and an icon, never by colour alone.
public enum Tone: String, Sendable {
    case good, bad, unsure, neutral

    /// The sign that stands for it in plain text.
    public var sign: String {
        switch self {
        case .good: "✓"
        case .bad: "✕"
        case .unsure: "?"
        case .neutral: "–"
        }
    }
}

extension Outcome {
    /// The name that people read.
    public var word: String {
        switch self {
        case .passed: "Passed"
        case .failed: "Failed"
        case .invalid: "Invalid"
        case .preconditionUnmet: "Precondition unmet"
        case .inconclusive: "Inconclusive"
        case .residual: "Residual fault left"
        case .aborted: "Aborted"
        case .error: "Error of the tool"
        }
    }

    /// What it means to the reader.
    public var tone: Tone {
        switch self {
        case .passed: .good
        case .failed, .residual: .bad
        case .invalid, .preconditionUnmet, .inconclusive, .aborted, .error: .unsure
        }
    }
}

extension CheckResult.Status {
    /// The name that people read.
    public var word: String {
        switch self {
        case .held: "Held"
        case .broken: "Broken"
        case .inconclusive: "Inconclusive"
        }
    }

    /// What it means to the reader.
    public var tone: Tone {
        switch self {
        case .held: .good
        case .broken: .bad
        case .inconclusive: .unsure
        }
    }
}

extension FaultRecord.Injection {
    var word: String {
        switch self {
        case .confirmed: "Confirmed"
        case .mismatch: "Mismatch"
        case .unproven: "Unproven"
        }
    }

    var tone: Tone { self == .confirmed ? .good : .unsure }
}

extension FaultRecord.Undo {
    var word: String {
        switch self {
        case .clean: "Clean"
        case .residual: "Residual"
        case .unknown: "Unknown"
        }
    }

    var tone: Tone {
        switch self {
        case .clean: .good
        case .residual: .bad
        case .unknown: .unsure
        }
    }
}

extension FaultRecord.UndoneBy {
    var phrase: String {
        switch self {
        case .drill: "by the drill"
        case .guardian: "by the guardian"
        case .revert: "by firedrill revert"
        case .kernel: "by the kernel"
        case .nobody: "by nobody"
        }
    }
}

extension Comparison {
    var finding: String { isUnseen == true ? "not seen" : isSame ? "same" : "differs" }

    var tone: Tone { isUnseen == true ? .unsure : isSame ? .good : .bad }
}

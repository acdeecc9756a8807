import FaultProxy
import Playbooks
import Records

/// Whether answers before, during and after show what was asked to become of names; pure.
struct NameJudgement: Sendable, Equatable {
    /// Fewer tries than this prove nothing.
    static let neededTries = 3

    let effect: NameServer.Effect
    /// Answers for a chosen name.
    var before: [NameTry] = []
    var during: [NameTry] = []
    /// Answers for a name that was not chosen.
    var besideBefore: [NameTry] = []
    var beside: [NameTry] = []
    /// Lookups of a chosen name as programs do them.
    var lookupBefore: NameLookup?
    var lookupDuring: NameLookup?
    var lookupAfter: NameLookup?
    /// Whether the question of such a lookup came to the drill's name server.
    var hasArrived = false

    init(effect: NameServer.Effect) { self.effect = effect }

    var proof: EffectProof {
        guard during.count >= Self.neededTries else {
            return result(.unproven, "it was asked only \(during.count) times")
        }
        let wrong = during.filter { !isAsAsked($0) }
        guard wrong.isEmpty else {
            return result(
                .mismatch,
                "\(wrong.count) of \(during.count) answers were not as asked: "
                    + "\(Self.words(wrong[0])) and not \(Self.words(effect))")
        }
        guard hasArrived else {
            return result(
                .mismatch,
                "a lookup as programs do it never asked: nsswitch.conf(5) or a cache leads elsewhere"
            )
        }
        if let lookup = lookupDuring, !isAsAsked(lookup) {
            return result(
                .mismatch, "a lookup as programs do it came to \(Self.words(lookup)) all the same")
        }
        guard !isBesideHit else {
            return result(
                .mismatch, "a name that was not chosen is answered otherwise than before")
        }
        let spared =
            answeredBefore ? "" : "; the host's own name servers did not answer for another name"
        return result(
            .confirmed,
            "\(during.count) of \(during.count) questions came to \(Self.words(effect)), and so did"
                + " a lookup as programs do it" + spared)
    }

    private func result(_ injection: FaultRecord.Injection, _ sentence: String) -> EffectProof {
        EffectProof(injection, sentence, achieved: achieved)
    }

    private var answeredBefore: Bool { besideBefore.contains { $0.code != nil } }

    /// A single lost datagram is no proof of a hit.
    private var isBesideHit: Bool {
        guard answeredBefore, let usual = besideBefore.last?.code else { return false }
        return !beside.isEmpty && !beside.contains { $0.code == usual }
    }

    private func isAsAsked(_ answer: NameTry) -> Bool {
        switch effect {
        case .answer(let code): answer.code == code.rawValue
        case .silence: answer.code == nil
        // What the host's name server takes comes on top; where it never answers, none is late.
        case .delay(let delay):
            answer.time >= delay * 0.98 && (answer.code != nil || before.last?.code == nil)
        }
    }

    private func isAsAsked(_ lookup: NameLookup) -> Bool {
        switch effect {
        case .answer, .silence: lookup.addresses.isEmpty
        case .delay(let delay): lookup.time >= delay * 0.98 || !lookup.hasEnded
        }
    }

    private var achieved: [FaultRecord.Achievement] {
        let isWhole = during.count >= Self.neededTries && during.allSatisfy(isAsAsked)
        return [
            FaultRecord.Achievement(
                name: "answers for a chosen name",
                requested: Figure("answer", 0, .none, text: Self.words(effect)),
                before: before.last.map(Self.figure), during: during.last.map(Self.figure),
                samples: during.count, confirmed: isWhole),
            FaultRecord.Achievement(
                name: "a chosen name, looked up as programs do it",
                requested: Figure("answer", 0, .none, text: Self.words(effect)),
                before: lookupBefore.map(Self.figure), during: lookupDuring.map(Self.figure),
                after: lookupAfter.map(Self.figure), samples: lookupDuring == nil ? 0 : 1,
                confirmed: hasArrived && lookupDuring.map(isAsAsked) ?? false),
            FaultRecord.Achievement(
                name: "answers for another name",
                requested: Figure("answer", 0, .none, text: "as before"),
                before: besideBefore.last.map(Self.figure), during: beside.last.map(Self.figure),
                samples: beside.count, confirmed: !isBesideHit),
        ]
    }

    private static func figure(_ answer: NameTry) -> Figure {
        Figure("answer", Double(answer.time.nanoseconds), .nanoseconds, text: words(answer))
    }

    private static func figure(_ lookup: NameLookup) -> Figure {
        Figure("answer", Double(lookup.time.nanoseconds), .nanoseconds, text: words(lookup))
    }

    /// `NXDOMAIN after 2 ms`.
    static func words(_ answer: NameTry) -> String {
        guard let code = answer.code else { return "no answer in \(DurationText(answer.time))" }
        return "\(word(code)) after \(DurationText(answer.time))"
    }

    private static func words(_ lookup: NameLookup) -> String {
        guard lookup.hasEnded else { return "nothing in \(DurationText(lookup.time))" }
        return (lookup.addresses.first ?? "no address") + " after \(DurationText(lookup.time))"
    }

    static func words(_ effect: NameServer.Effect) -> String {
        switch effect {
        case .answer(let code): word(code.rawValue)
        case .silence: "no answer"
        case .delay(let delay): "an answer \(DurationText(delay)) later"
        }
    }

    private static func word(_ code: UInt8) -> String {
        switch NameMessage.Code(rawValue: code) {
        case .noError: "an answer"
        case .serverFailure: "SERVFAIL"
        case .noSuchName: "NXDOMAIN"
        case .refused: "REFUSED"
        case nil: "code \(code)"
        }
    }
}

extension Event {
    /// The message of ``Kind/faultProven``: `mismatch: 3 ms of 50 ms`.
    public static func message(
        _ injection: FaultRecord.Injection, because sentence: String
    ) -> String {
        "\(injection.rawValue): \(sentence)"
    }

    /// The message of ``Kind/faultVerified``: `undo clean, by drill`.
    public static func message(
        _ undo: FaultRecord.Undo, by actor: FaultRecord.UndoneBy
    ) -> String {
        "undo \(undo.rawValue), by \(actor.rawValue)"
    }

    /// What a proof said of a fault's effect, and why; nil of other events.
    ///
    /// A message that does not say it is unproven: nobody may take it for more.
    public var proof: (injection: FaultRecord.Injection, sentence: String)? {
        guard kind == .faultProven else { return nil }
        let parts = message.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let injection = FaultRecord.Injection(rawValue: String(parts[0]))
        else { return (.unproven, message) }
        return (injection, String(parts[1].drop { $0 == " " }))
    }

    /// What was found when a fault was out, and who had taken it out; nil of other events.
    ///
    /// A message that does not say it is unknown.
    public var verification: (undo: FaultRecord.Undo, by: FaultRecord.UndoneBy)? {
        guard kind == .faultVerified else { return nil }
        let words = message.split { $0 == " " || $0 == "," }
        guard words.count == 4, words[0] == "undo", words[2] == "by",
            let undo = FaultRecord.Undo(rawValue: String(words[1])),
            let actor = FaultRecord.UndoneBy(rawValue: String(words[3]))
        else { return (.unknown, .nobody) }
        return (undo, actor)
    }
}

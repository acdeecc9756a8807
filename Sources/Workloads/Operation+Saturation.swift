public import Records

extension Operation {
    /// The answer of an operation that was never sent because too many were in flight.
    public static let saturatedAnswer = "generator saturated"

    /// Whether the generator could not send it in time: then the drill's figures cannot be trusted.
    public var isSaturated: Bool { attempts.first?.answer == Self.saturatedAnswer }
}

extension Operation {
    /// The answer of an operation that was never sent because too many were in flight.
    public static let saturatedAnswer = "generator saturated"

    /// Whether the generator could not send it in time: it then says nothing of the service.
    public var isSaturated: Bool { attempts.first?.answer == Self.saturatedAnswer }
}

/// Where it is kept what was told, durably: one text.
public protocol AlertMemory: Sendable {
    /// Turns the text, nil where there is none yet, into another one.
    ///
    /// Nobody else's change comes between. When `body` throws, or what it returns cannot be kept, the
    /// text stays as it was.
    func change(_ body: (String?) throws -> String?) throws
}

/// A number with its name and unit, as reports print it.
public struct Figure: Sendable, Codable, Equatable {
    public enum Unit: String, Sendable, Codable {
        case nanoseconds, bytes, perSecond, ratio, count
        /// No unit: `text` says it all.
        case none
    }

    public var name: String
    public var value: Double
    public var unit: Unit
    /// The value in words when a number says too little: `SIGKILL`.
    public var text: String?
    /// The bound that the value was held against; nil when there is none.
    public var limit: Double?

    public init(
        _ name: String, _ value: Double, _ unit: Unit, text: String? = nil, limit: Double? = nil
    ) {
        self.name = name
        self.value = value
        self.unit = unit
        self.text = text
        self.limit = limit
    }
}

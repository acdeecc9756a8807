/// A number with its name and unit, as reports print it.
public struct Figure: Sendable, Codable, Equatable {
    public enum Unit: String, Sendable, Codable {
        case nanoseconds, bytes, perSecond, ratio, count
        /// Bytes that the playbook gave in kB or MB, not in KiB or MiB.
        case decimalBytes
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
    /// What else it may be, going by so many samples; nil for what was counted whole.
    public var interval: Interval?

    public init(
        _ name: String, _ value: Double, _ unit: Unit, text: String? = nil, limit: Double? = nil,
        interval: Interval? = nil
    ) {
        self.name = name
        self.value = value
        self.unit = unit
        self.text = text
        self.limit = limit
        self.interval = interval
    }

    /// The values that agree with what was sampled (a confidence interval).
    public struct Interval: Sendable, Codable, Equatable {
        /// In the figure's own unit.
        public var lower: Double
        public var upper: Double
        /// How often an interval made so holds the true value, 0..<1: 0.95.
        public var level: Double

        public init(_ lower: Double, _ upper: Double, level: Double) {
            self.lower = lower
            self.upper = upper
            self.level = level
        }
    }
}

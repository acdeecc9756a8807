extension DrillHours: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let hours = DrillHours(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text.shortened)' is no span of hours")
        }
        self = hours
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// One key that a kind understands.
public struct ParameterDeclaration: Sendable, Equatable {
    public var name: String
    public var type: ParameterType
    /// One sentence for the schema.
    public var summary: String
    public var isRequired: Bool
    /// The value that stands when the key is left out; nil when there is none.
    public var defaultValue: ArgumentValue?

    public init(
        _ name: String, _ type: ParameterType, _ summary: String, isRequired: Bool = false,
        default defaultValue: ArgumentValue? = nil
    ) {
        self.name = name
        self.type = type
        self.summary = summary
        self.isRequired = isRequired
        self.defaultValue = defaultValue
    }
}

/// The type of a parameter's value; it decides which YAML is accepted.
public indirect enum ParameterType: Sendable, Equatable {
    case duration
    case byteCount
    case rate
    case ratio
    case integer(ClosedRange<Int64>)
    /// A number without a unit, such as a factor.
    case number(ClosedRange<Double>)
    case boolean
    case string
    /// One of these words.
    case choice([String])
    /// A sequence; a lone scalar is read as a sequence of one.
    case list(ParameterType)
    /// A mapping with exactly these keys.
    case mapping([ParameterDeclaration])
    /// The first of these types that fits.
    case either([ParameterType])
}

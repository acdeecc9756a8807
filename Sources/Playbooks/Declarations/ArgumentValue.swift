/// A checked value of a playbook, with its unit.
public indirect enum ArgumentValue: Sendable, Equatable {
    case duration(Duration)
    case byteCount(ByteCount)
    case rate(Rate)
    case ratio(Ratio)
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    case string(String)
    case list([ArgumentValue])
    case mapping(Arguments)
}

/// A value of the Redis serialization protocol, versions 2 and 3.
///
/// Maps are arrays of their keys and values in turn, sets and pushes are arrays. Source: the Redis
/// serialization protocol specification, redis.io/docs/latest/develop/reference/protocol-spec.
enum RESPValue: Sendable, Equatable {
    case simple(String)
    /// An error's first word, in capitals, and the rest of its line.
    case error(code: String, message: String)
    case integer(Int64)
    case bulk([UInt8])
    case array([RESPValue])
    case null
    case boolean(Bool)
    case double(Double)

    /// A number that was sent as one, or in digits.
    var number: Int64? {
        switch self {
        case .integer(let number): number
        case .bulk(let digits): Int64(String(decoding: digits, as: UTF8.self))
        default: nil
        }
    }

    /// The command with these arguments, as a client sends it.
    static func command(_ arguments: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(arguments.reduce(16) { $0 + $1.count + 16 })
        bytes.append(contentsOf: "*\(arguments.count)\r\n".utf8)
        for argument in arguments {
            bytes.append(contentsOf: "$\(argument.count)\r\n".utf8)
            bytes.append(contentsOf: argument)
            bytes.append(contentsOf: [0x0D, 0x0A])
        }
        return bytes
    }
}

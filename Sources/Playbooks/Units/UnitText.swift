extension Duration {
    /// The duration as playbooks write it, in the largest fitting unit: `1.5 s`, `100 ms`, `2 min`.
    ///
    /// Measured values are rounded to three decimals; minutes and hours appear only when they are
    /// whole.
    public var text: String {
        let count = nanoseconds
        guard count != 0 else { return "0 s" }
        let size = count.magnitude
        if size.isMultiple(of: 3_600_000_000_000) { return "\(count / 3_600_000_000_000) h" }
        if size.isMultiple(of: 60_000_000_000) { return "\(count / 60_000_000_000) min" }
        let value = Double(count)
        switch size {
        case 1_000_000_000...: return "\(decimals(value / 1e9, 3)) s"
        case 1_000_000...: return "\(decimals(value / 1e6, 3)) ms"
        case 1000...: return "\(decimals(value / 1e3, 3)) us"
        default: return "\(count) ns"
        }
    }
}

extension ByteCount: CustomStringConvertible {
    /// The size as playbooks write it: `256 MiB`, `1 GB`; rounded to one decimal when uneven.
    public var text: String {
        let size = bytes.magnitude
        for unit in Self.binary where size != 0 && size.isMultiple(of: unit.size) {
            return "\(bytes / Int64(unit.size)) \(unit.name)"
        }
        for unit in Self.decimal where size != 0 && size.isMultiple(of: unit.size) {
            return "\(bytes / Int64(unit.size)) \(unit.name)"
        }
        for unit in Self.binary where size >= unit.size {
            return "\(decimals(Double(bytes) / Double(unit.size), 1)) \(unit.name)"
        }
        return "\(bytes) B"
    }

    public var description: String { text }

    private static let binary: [(name: String, size: UInt64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ]
    private static let decimal: [(name: String, size: UInt64)] = [
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000),
    ]
}

extension Rate: CustomStringConvertible {
    /// The rate as playbooks write it: `400/s`, `30/min`.
    public var text: String {
        if perSecond == 0 || perSecond >= 1 { return "\(decimals(perSecond, 3))/s" }
        if perSecond * 60 >= 1 { return "\(decimals(perSecond * 60, 3))/min" }
        return "\(decimals(perSecond * 3600, 3))/h"
    }

    public var description: String { text }
}

extension Ratio: CustomStringConvertible {
    /// The share as playbooks write it: `0.1 %`.
    public var text: String { "\(decimals(fraction * 100, 4)) %" }

    public var description: String { text }
}

extension ArgumentValue: CustomStringConvertible {
    /// The value as playbooks write it.
    public var text: String {
        switch self {
        case .duration(let value): value.text
        case .byteCount(let value): value.text
        case .rate(let value): value.text
        case .ratio(let value): value.text
        case .integer(let value): String(value)
        case .number(let value): decimals(value, 6)
        case .boolean(let value): String(value)
        case .string(let value): value
        case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
        case .mapping(let values): "{ " + values.text + " }"
        }
    }

    public var description: String { text }
}

extension Arguments {
    /// The values as a playbook's flow mapping holds them, in the order of their names.
    public var text: String {
        values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }
            .joined(separator: ", ")
    }
}

/// A number with at most `places` decimals and no zeros at its end.
func decimals(_ value: Double, _ places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = (value * scale).rounded()
    guard scaled.isFinite, scaled.magnitude < 9e18 else { return String(value) }
    let whole = Int64(scaled.magnitude)
    let sign = scaled < 0 ? "-" : ""
    let integer = whole / Int64(scale)
    let fraction = String(whole % Int64(scale))
    let padded = String(repeating: "0", count: places - fraction.count) + fraction
    let digits = String(padded.reversed().drop { $0 == "0" }.reversed())
    return digits.isEmpty || places == 0 ? "\(sign)\(integer)" : "\(sign)\(integer).\(digits)"
}

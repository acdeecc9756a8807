/// A decimal number with the text that follows it, kept exact.
struct DecimalNumber {
    /// The digits without the point, as one integer.
    private var digits: Int128
    private var fractionDigits: Int
    private var isNegative: Bool
    /// What follows the number, without the spaces around it.
    var unit: String

    /// Reads a number at the start of `text`; nil when there is none.
    init?(prefixOf text: String) throws(QuantityError) {
        var rest = Substring(text.trimmingSpaces)
        isNegative = rest.hasPrefix("-")
        if isNegative || rest.hasPrefix("+") { rest.removeFirst() }
        let whole = rest.prefix(while: \.isDecimalDigit)
        guard !whole.isEmpty else { return nil }
        rest = rest.dropFirst(whole.count)
        var fraction = Substring()
        if rest.hasPrefix(".") {
            fraction = rest.dropFirst().prefix(while: \.isDecimalDigit)
            guard !fraction.isEmpty else { return nil }
            rest = rest.dropFirst(fraction.count + 1)
        }
        let significant = whole.drop { $0 == "0" }
        // 30 digits times the largest unit stay within 128 bits only together with the check of
        // overflow below; more digits are a mistake in any case.
        guard significant.count + fraction.count <= 30 else {
            throw QuantityError("has too many digits")
        }
        digits = Int128(String(significant + fraction)) ?? 0
        fractionDigits = fraction.count
        unit = String(rest).trimmingSpaces
    }

    /// The number as floating point.
    var value: Double {
        var divisor = 1.0
        for _ in 0..<fractionDigits { divisor *= 10 }
        return (isNegative ? -1 : 1) * Double(digits) / divisor
    }

    func refuseNegative() throws(QuantityError) {
        guard !isNegative || digits == 0 else { throw QuantityError("is negative") }
    }

    /// The number in units of `size`, as a whole number of the smallest unit.
    func scaled(by size: Int128, smallest: String) throws(QuantityError) -> Int128 {
        try refuseNegative()
        let (product, overflow) = digits.multipliedReportingOverflow(by: size)
        guard !overflow else { throw QuantityError("is too large") }
        var divisor: Int128 = 1
        for _ in 0..<fractionDigits { divisor *= 10 }
        guard product % divisor == 0 else {
            throw QuantityError("is not a whole number of \(smallest)")
        }
        return product / divisor
    }
}

extension Character {
    /// Whether this is one of 0 to 9; other scripts' digits are no numbers in YAML.
    var isDecimalDigit: Bool { ("0"..."9").contains(self) }
}

extension String {
    /// The text without spaces and tabs at its ends.
    var trimmingSpaces: String {
        let start = drop { $0 == " " || $0 == "\t" }
        return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }

    /// At most 60 characters of the text, for messages.
    var shortened: String {
        guard let end = index(startIndex, offsetBy: 60, limitedBy: endIndex), end != endIndex
        else { return self }
        return self[..<end] + "..."
    }
}

/// The checked values that a playbook gives to one kind, defaults filled in.
///
/// The accessors answer nil for a key that was left out and has no default, and also when the type
/// asked for is not the declared one: that is a mistake of the kind's author, which the kind's own
/// tests find.
public struct Arguments: Sendable, Equatable {
    public var values: [String: ArgumentValue]

    public init(_ values: [String: ArgumentValue] = [:]) {
        self.values = values
    }

    public subscript(name: String) -> ArgumentValue? { values[name] }

    public func duration(_ name: String) -> Duration? {
        guard case .duration(let value) = values[name] else { return nil }
        return value
    }

    public func byteCount(_ name: String) -> ByteCount? {
        guard case .byteCount(let value) = values[name] else { return nil }
        return value
    }

    public func rate(_ name: String) -> Rate? {
        guard case .rate(let value) = values[name] else { return nil }
        return value
    }

    public func ratio(_ name: String) -> Ratio? {
        guard case .ratio(let value) = values[name] else { return nil }
        return value
    }

    public func integer(_ name: String) -> Int64? {
        guard case .integer(let value) = values[name] else { return nil }
        return value
    }

    public func number(_ name: String) -> Double? {
        guard case .number(let value) = values[name] else { return nil }
        return value
    }

    public func boolean(_ name: String) -> Bool? {
        guard case .boolean(let value) = values[name] else { return nil }
        return value
    }

    public func string(_ name: String) -> String? {
        guard case .string(let value) = values[name] else { return nil }
        return value
    }

    public func strings(_ name: String) -> [String]? {
        guard case .list(let values) = values[name] else { return nil }
        return values.compactMap { value in
            guard case .string(let text) = value else { return nil }
            return text
        }
    }

    public func integers(_ name: String) -> [Int]? {
        guard case .list(let values) = values[name] else { return nil }
        return values.compactMap { value in
            guard case .integer(let number) = value else { return nil }
            return Int(number)
        }
    }

    public func mapping(_ name: String) -> Arguments? {
        guard case .mapping(let value) = values[name] else { return nil }
        return value
    }
}

import ArgumentParser

/// A duration as one writes it on a command line: `2s`, `200ms`, `5m`, `1h`.
struct DurationArgument: ExpressibleByArgument, CustomStringConvertible {
    var duration: Duration
    var description: String

    init?(argument: String) {
        let units: [(suffix: String, seconds: Double)] = [
            ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600),
        ]
        guard let unit = units.first(where: { argument.hasSuffix($0.suffix) }),
            let value = Double(
                argument.dropLast(unit.suffix.count).trimmingSuffix { $0 == " " }),
            value >= 0, value * unit.seconds <= 1e9
        else { return nil }
        duration = .seconds(value * unit.seconds)
        description = argument
    }

    var defaultValueDescription: String { description }
}

extension Substring {
    /// This text without the characters at its end that satisfy a condition.
    fileprivate func trimmingSuffix(while isUnwanted: (Character) -> Bool) -> Substring {
        var text = self
        while let last = text.last, isUnwanted(last) { text = text.dropLast() }
        return text
    }
}

extension DurationArgument {
    /// A default value, in seconds.
    static func seconds(_ seconds: Int) -> DurationArgument {
        DurationArgument(duration: .seconds(seconds), description: "\(seconds)s")
    }

    private init(duration: Duration, description: String) {
        self.duration = duration
        self.description = description
    }
}

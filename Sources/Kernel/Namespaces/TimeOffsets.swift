/// How far the clocks of a time namespace are ahead of the kernel's own, in nanoseconds; pure.
public struct TimeOffsets: Sendable, Hashable, CustomStringConvertible {
    public var monotonic: Int64
    public var boot: Int64

    public init(monotonic: Int64, boot: Int64) {
        self.monotonic = monotonic
        self.boot = boot
    }

    /// Reads `/proc/PID/timens_offsets`; nil when it is something else.
    init?(_ text: String) {
        var offsets: [Substring: Int64] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, let seconds = Int64(words[1]), let rest = Int64(words[2]),
                (0..<Self.second).contains(rest)
            else { return nil }
            let (whole, overflow) = seconds.multipliedReportingOverflow(by: Self.second)
            let (sum, more) = whole.addingReportingOverflow(rest)
            guard !overflow, !more else { return nil }
            offsets[words[0]] = sum
        }
        guard let monotonic = offsets["monotonic"], let boot = offsets["boottime"] else {
            return nil
        }
        self.init(monotonic: monotonic, boot: boot)
    }

    /// Both clocks further ahead by `offset`, or behind when it is negative; saturates.
    public func moved(by offset: Duration) -> TimeOffsets {
        func sum(_ clock: Int64) -> Int64 {
            let (sum, overflow) = clock.addingReportingOverflow(offset.inNanoseconds)
            return overflow ? (offset < .zero ? .min : .max) : sum
        }
        return TimeOffsets(monotonic: sum(monotonic), boot: sum(boot))
    }

    /// What is written to `timens_offsets`: whole seconds, and a rest that is never negative.
    var text: String {
        func numbers(_ clock: Int64) -> String {
            let rest = (clock % Self.second + Self.second) % Self.second
            let seconds = clock / Self.second - (clock % Self.second < 0 ? 1 : 0)
            return "\(seconds) \(rest)"
        }
        return "monotonic \(numbers(monotonic))\nboottime \(numbers(boot))\n"
    }

    public var description: String { "monotonic \(monotonic) ns, boottime \(boot) ns" }

    private static let second: Int64 = 1_000_000_000
}

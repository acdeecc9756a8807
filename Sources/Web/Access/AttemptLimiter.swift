/// Slows down whoever tries tokens: after a few wrong ones an address has to wait.
struct AttemptLimiter: Sendable {
    /// Wrong tokens that an address may show before it has to wait.
    static let allowed = 5
    /// How long wrong tokens count, and how long one has to wait, in nanoseconds.
    static let period: Int64 = 60_000_000_000
    /// The most addresses that are remembered; the one that was quiet longest is forgotten.
    static let addresses = 10_000

    private var attempts: [String: (count: Int, last: Int64)] = [:]

    /// How many seconds an address has to wait; nil when it may try.
    func wait(_ address: String, now: Int64) -> Int? {
        guard let entry = attempts[address], entry.count >= Self.allowed else { return nil }
        let left = entry.last + Self.period - now
        return left > 0 ? Int((left + 999_999_999) / 1_000_000_000) : nil
    }

    /// Notes a wrong token.
    mutating func fail(_ address: String, now: Int64) {
        if attempts.count >= Self.addresses, attempts[address] == nil {
            attempts = attempts.filter { now - $0.value.last < Self.period }
            if attempts.count >= Self.addresses,
                let oldest = attempts.min(by: { $0.value.last < $1.value.last })?.key
            {
                attempts[oldest] = nil
            }
        }
        let old = attempts[address].flatMap { now - $0.last < Self.period ? $0.count : nil } ?? 0
        attempts[address] = (old + 1, now)
    }

    /// Forgets the wrong tokens of an address that has shown a right one.
    mutating func succeed(_ address: String) { attempts[address] = nil }
}

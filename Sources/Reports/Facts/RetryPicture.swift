import Glibc
import Records

/// The waits before retries, as the clients recorded them, in bins that a chart can shade.
struct RetryPicture: Sendable {
    /// Bins to a decade of the waits' logarithm.
    static let binsPerDecade = 12
    /// The shortest wait that has a bin of its own; shorter ones fall in the first.
    static let floor: Double = 1e6
    /// The most retries of one message that get a column each; later ones share the last.
    static let columnLimit = 12
    /// The most messages that are drawn one by one.
    static let exampleLimit = 8

    /// For each retry, counted from 0, how many waits fell in each bin.
    private(set) var columns: [[Int]] = []
    /// How many messages took n + 1 attempts, for n from 1.
    private(set) var messagesByAttempts: [Int: Int] = [:]
    private(set) var waits = 0
    /// The redirects that clients followed, which are no retries.
    private(set) var redirects = 0
    private(set) var longestWait: Double = 0
    /// The messages with the most attempts, most first; of equals the earliest.
    private(set) var examples: [Operation] = []

    var isEmpty: Bool { waits == 0 }
    var mostAttempts: Int { messagesByAttempts.keys.max() ?? 1 }
    var messages: Int { messagesByAttempts.values.reduce(0, +) }

    mutating func add(_ operation: Operation) {
        let attempts = operation.attempts
        messagesByAttempts[attempts.count, default: 0] += 1
        for wait in operation.retryWaits {
            add(
                wait: max(0, Double(wait.length.count)),
                column: min(wait.retry, RetryPicture.columnLimit - 1))
        }
        redirects += attempts.dropLast().count { $0.redirect != nil }
        keep(operation)
    }

    private mutating func add(wait: Double, column: Int) {
        while columns.count <= column { columns.append([]) }
        let bin = RetryPicture.bin(of: wait)
        while columns[column].count <= bin { columns[column].append(0) }
        columns[column][bin] += 1
        waits += 1
        longestWait = max(longestWait, wait)
    }

    private mutating func keep(_ operation: Operation) {
        let place =
            examples.firstIndex { $0.attempts.count < operation.attempts.count } ?? examples.count
        guard place < RetryPicture.exampleLimit else { return }
        examples.insert(operation, at: place)
        if examples.count > RetryPicture.exampleLimit { examples.removeLast() }
    }

    static func bin(of wait: Double) -> Int {
        guard wait > floor else { return 0 }
        return min(200, Int(log10(wait / floor) * Double(binsPerDecade)))
    }

    /// The waits, in nanoseconds, at which a bin begins and ends.
    static func bounds(of bin: Int) -> ClosedRange<Double> {
        let lower = floor * pow(10, Double(bin) / Double(binsPerDecade))
        return lower...(floor * pow(10, Double(bin + 1) / Double(binsPerDecade)))
    }
}

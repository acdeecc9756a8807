import Kernel
import Records

/// What a process is to run out of; pure.
enum LimitGoal: Sendable, Equatable {
    /// So many more descriptors may be opened.
    case descriptorsLeft(Int)
    /// No file may be written beyond so many bytes.
    case fileSize(UInt64)

    var resource: LimitedResource {
        switch self {
        case .descriptorsLeft: .descriptors
        case .fileSize: .fileSize
        }
    }

    /// The soft limit that reaches the goal, for a process with these descriptors open.
    ///
    /// The kernel gives the lowest number that is free, so the gaps in front count as well. A limit
    /// is never raised.
    func softLimit(open: [Int32], prior: UInt64) -> UInt64 {
        switch self {
        case .fileSize(let bytes): return min(prior, bytes)
        case .descriptorsLeft(let count):
            let used = Set(open)
            var left = count
            var number: Int32 = 0
            while left > 0 || used.contains(number) {
                if !used.contains(number) { left -= 1 }
                number += 1
            }
            return min(prior, UInt64(number))
        }
    }

    /// How many descriptors may still be opened below a limit.
    static func free(open: [Int32], limit: UInt64) -> Int {
        let used = Set(open).count { UInt64($0) < limit }
        return max(0, Int(clamping: limit) - used)
    }

    var requested: Figure {
        switch self {
        case .descriptorsLeft(let count): Figure("descriptors left", Double(count), .count)
        case .fileSize(let bytes): Figure("file size", Double(bytes), .bytes)
        }
    }

    var description: String {
        switch self {
        case .descriptorsLeft(let count): "\(count) more descriptors"
        case .fileSize(let bytes): "no file beyond \(bytes) bytes"
        }
    }
}

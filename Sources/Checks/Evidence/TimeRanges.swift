import Records

/// A set of moments: disjoint half-open ranges in the order of time.
struct TimeRanges: Equatable {
    private(set) var ranges: [Range<DrillTime>]

    init(_ ranges: [Range<DrillTime>] = []) {
        var joined: [Range<DrillTime>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
            if let last = joined.last, range.lowerBound <= last.upperBound {
                let end = max(last.upperBound, range.upperBound)
                joined[joined.count - 1] = last.lowerBound..<end
            } else {
                joined.append(range)
            }
        }
        self.ranges = joined
    }

    var isEmpty: Bool { ranges.isEmpty }

    /// The sum of the ranges' lengths.
    var length: Nanoseconds {
        Nanoseconds(ranges.reduce(0) { $0 + ($1.upperBound - $1.lowerBound).count })
    }

    func contains(_ time: DrillTime) -> Bool {
        guard let index = lastRange(beginningBy: time) else { return false }
        return ranges[index].contains(time)
    }

    /// Whether any moment of `start...end` lies in the set.
    func overlaps(from start: DrillTime, to end: DrillTime) -> Bool {
        guard let index = lastRange(beginningBy: max(start, end)) else { return false }
        return ranges[index].upperBound > start
    }

    func subtracting(_ other: TimeRanges) -> TimeRanges {
        var result: [Range<DrillTime>] = []
        for range in ranges {
            var start = range.lowerBound
            for hole in other.ranges where hole.overlaps(range) {
                if start < hole.lowerBound { result.append(start..<hole.lowerBound) }
                start = max(start, hole.upperBound)
            }
            if start < range.upperBound { result.append(start..<range.upperBound) }
        }
        return TimeRanges(result)
    }

    func intersection(_ other: TimeRanges) -> TimeRanges {
        var result: [Range<DrillTime>] = []
        for range in ranges {
            for second in other.ranges where second.overlaps(range) {
                result.append(range.clamped(to: second))
            }
        }
        return TimeRanges(result)
    }

    private func lastRange(beginningBy time: DrillTime) -> Int? {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].lowerBound <= time { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : low - 1
    }
}

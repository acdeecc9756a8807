/// A set of message numbers in ascending order, of which a part is found without looking at the rest.
///
/// They lie in short runs: a change moves the numbers of one run alone.
struct SortedIdentifiers: Sendable {
    private static let longestRun = 512

    /// Never empty ones, in ascending order.
    private var runs: [[MessageIdentifier]] = []
    /// How many there are.
    private(set) var count = 0

    /// Adds a number; one that is there stays.
    mutating func insert(_ id: MessageIdentifier) {
        guard !runs.isEmpty else {
            runs = [[id]]
            count = 1
            return
        }
        let index = min(run(reaching: id), runs.count - 1)
        let place = Self.first(in: runs[index]) { $0 >= id }
        guard place == runs[index].count || runs[index][place] != id else { return }
        runs[index].insert(id, at: place)
        count += 1
        guard runs[index].count > Self.longestRun else { return }
        let upper = Array(runs[index][(Self.longestRun / 2)...])
        runs[index].removeLast(upper.count)
        runs.insert(upper, at: index + 1)
    }

    /// Takes a number out, if it is there.
    mutating func remove(_ id: MessageIdentifier) {
        let index = run(reaching: id)
        guard index < runs.count else { return }
        let place = Self.first(in: runs[index]) { $0 >= id }
        guard runs[index][place] == id else { return }
        runs[index].remove(at: place)
        count -= 1
        if runs[index].isEmpty { runs.remove(at: index) }
    }

    /// Whether a number is there.
    func contains(_ id: MessageIdentifier) -> Bool {
        let index = run(reaching: id)
        guard index < runs.count else { return false }
        return runs[index][Self.first(in: runs[index]) { $0 >= id }] == id
    }

    /// The numbers above the given one, all for nil, at most so many.
    func prefix(_ limit: Int, after id: MessageIdentifier? = nil) -> [MessageIdentifier] {
        var found: [MessageIdentifier] = []
        var index = id.map { run(reaching: $0) } ?? 0
        while index < runs.count, found.count < limit {
            let start = id.map { id in Self.first(in: runs[index]) { $0 > id } } ?? 0
            found += runs[index][start...].prefix(limit - found.count)
            index += 1
        }
        return found
    }

    /// The first run whose last number is not below the given one; the count of runs for none.
    private func run(reaching id: MessageIdentifier) -> Int {
        Self.first(in: runs) { ($0.last ?? id) >= id }
    }

    /// The first index at which a condition holds that holds from there on.
    private static func first<Element>(
        in elements: [Element], _ holds: (Element) -> Bool
    ) -> Int {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if holds(elements[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// The newest commits of a node, for standbys that are only a little behind.
///
/// A standby that is further behind, or whose history differs, gets a snapshot.
struct CommitHistory: Sendable {
    private struct Item: Sendable {
        var commit: Commit
        /// Monotonic nanoseconds.
        var time: Int64
        var bytes: Int
    }

    private let limit: Int
    private var items: [Item] = []
    private var oldest = 0
    private var bytes = 0
    /// The position before the oldest commit that is kept.
    private(set) var base: CommitPosition

    /// A history that starts after a position and keeps about so many bytes.
    init(after base: CommitPosition, limit: Int = 32 << 20) {
        self.base = base
        self.limit = limit
    }

    mutating func append(_ commit: Commit, time: Int64) {
        let size = commit.changes.reduce(64) { $0 + $1.approximateBytes }
        items.append(Item(commit: commit, time: time, bytes: size))
        bytes += size
        while bytes > limit, oldest < items.count {
            base = items[oldest].commit.position
            bytes -= items[oldest].bytes
            // Freed here and now, a few at a time; their places go all at once.
            items[oldest].commit.changes = []
            oldest += 1
        }
        if oldest > 1024, oldest * 2 > items.count {
            items.removeFirst(oldest)
            oldest = 0
        }
    }

    /// The position before that of a commit in here.
    func position(before position: CommitPosition) -> CommitPosition {
        guard let first = items[oldest...].first else { return base }
        let place = oldest + Int(position.index - first.commit.position.index) - 1
        return items[oldest...].indices.contains(place) ? items[place].commit.position : base
    }

    /// The commits after a position, oldest first, up to a size; nil when it is not in here.
    ///
    /// With `before`, only those made before that monotonic time.
    func commits(
        after position: CommitPosition, maximumBytes: Int = 1 << 20, before time: Int64 = .max
    ) -> [Commit]? {
        guard let start = index(after: position) else { return nil }
        var size = 0
        var commits: [Commit] = []
        for item in items[start...] {
            guard item.time <= time, commits.isEmpty || size + item.bytes <= maximumBytes else {
                break
            }
            size += item.bytes
            commits.append(item.commit)
        }
        return commits
    }

    private func index(after position: CommitPosition) -> Int? {
        if position == base { return oldest }
        guard let first = items[oldest...].first else { return nil }
        // Indices count up by one, so the place follows from the number.
        let place = oldest + Int(position.index - first.commit.position.index)
        guard items[oldest...].indices.contains(place), items[place].commit.position == position
        else { return nil }
        return place + 1
    }
}

extension Change {
    fileprivate var approximateBytes: Int {
        switch self {
        case .enqueue(let message): 160 + message.body.utf8.count
        default: 48
        }
    }
}

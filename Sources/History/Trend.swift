public import Records

/// One figure of a playbook's drills over time, oldest first.
public struct Trend: Sendable, Equatable {
    /// One drill's value.
    public struct Point: Sendable, Equatable {
        public var drill: String
        /// Nanoseconds since 1970.
        public var startedAt: Int64
        public var value: Double
        public var limit: Double?
        public var outcome: Outcome?
        /// SHA-256 of the playbook's text: values of two texts do not compare.
        public var playbookHash: String

        public init(
            drill: String, startedAt: Int64, value: Double, limit: Double? = nil,
            outcome: Outcome? = nil, playbookHash: String = ""
        ) {
            self.drill = drill
            self.startedAt = startedAt
            self.value = value
            self.limit = limit
            self.outcome = outcome
            self.playbookHash = playbookHash
        }
    }

    public var playbook: String
    public var figure: String
    public var unit: Figure.Unit
    public var points: [Point]

    public init(playbook: String, figure: String, unit: Figure.Unit, points: [Point]) {
        self.playbook = playbook
        self.figure = figure
        self.unit = unit
        self.points = points
    }

    /// The value in the middle of all; nil without points.
    public var median: Double? {
        let sorted = points.map(\.value).sorted()
        guard !sorted.isEmpty else { return nil }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2)
            ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}

extension HistoryDatabase {
    /// A figure of the newest drills of a playbook, at most `limit` of them.
    public func trend(
        playbook: String, figure: String, since: Int64? = nil, limit: Int = 200
    ) throws -> Trend {
        let rows = try storage.read { database in
            try database.rows(
                """
                SELECT drill.identifier, started, outcome, hash, value, unit, bound FROM drill
                JOIN figure ON figure.drill = drill.id AND figure.name = ?
                WHERE playbook = ? AND started >= ? ORDER BY started DESC LIMIT ?
                """,
                [.text(figure), .text(playbook), .integer(since ?? .min), HistoryValue(limit)])
        }
        let points = rows.reversed().map { row in
            Trend.Point(
                drill: row.text("identifier"), startedAt: row.integer("started"),
                value: row.real("value"), limit: row.realIfAny("bound"),
                outcome: row.textIfAny("outcome").flatMap(Outcome.init),
                playbookHash: row.text("hash"))
        }
        let unit = rows.first.flatMap { Figure.Unit(rawValue: $0.text("unit")) } ?? .none
        return Trend(playbook: playbook, figure: figure, unit: unit, points: points)
    }

    /// The names of the figures that a playbook's drills have, with how many have each.
    public func figures(ofPlaybook playbook: String) throws -> [(name: String, drills: Int)] {
        try storage.read { database in
            try database.rows(
                """
                SELECT name, count(*) AS drills FROM figure JOIN drill ON drill.id = figure.drill
                WHERE playbook = ? GROUP BY name ORDER BY name
                """, [.text(playbook)]
            ).map { (name: $0.text("name"), drills: $0.count("drills")) }
        }
    }

    /// The playbooks that the history has drills of, in alphabetical order.
    public func playbooks() throws -> [String] {
        try storage.read {
            try $0.rows("SELECT DISTINCT playbook FROM drill ORDER BY playbook")
                .map { $0.text("playbook") }
        }
    }
}

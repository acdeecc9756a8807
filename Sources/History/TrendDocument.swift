import FoundationEssentials
import Records

/// A trend as JSON, for `firedrill trend --json` and for the API.
public struct TrendDocument: Encodable, Sendable {
    private struct Point: Encodable, Sendable {
        let drill: String
        let startedAt: Int64
        let value: Double
        let limit: Double?
        let outcome: String?
        let playbookHash: String
    }

    private let playbook: String
    private let figure: String
    private let unit: String
    private let median: Double?
    private let points: [Point]

    public init(_ trend: Trend) {
        playbook = trend.playbook
        figure = trend.figure
        unit = trend.unit.rawValue
        median = trend.median
        points = trend.points.map {
            Point(
                drill: $0.drill, startedAt: $0.startedAt, value: $0.value, limit: $0.limit,
                outcome: $0.outcome?.rawValue, playbookHash: $0.playbookHash)
        }
    }

    /// The document's text.
    public var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}

import Drills
import FoundationEssentials
import Records

/// Progress for machines: one JSON object a line, each with its `type`.
final class JSONProgress: DrillObserver {
    private struct Started: Encodable {
        var type = "started"
        var directory: String
        var drill: DrillHeader
    }

    private struct Happened: Encodable {
        var type = "event"
        var event: Event
    }

    private struct Progressed: Encodable {
        var type = "progress"
        var time: DrillTime
        var phase: Phase
        var attempted: Int
        var acknowledged: Int
        var delivered: Int
        var rate: Double?
        var errorRate: Double?
        var p99: Nanoseconds?
        var faults: [String]
    }

    private struct Ended: Encodable {
        var type = "verdict"
        var verdict: Verdict
    }

    func drillStarted(_ header: DrillHeader, directory: String) {
        print(Started(directory: directory, drill: header))
    }

    func drillRecorded(_ event: Event) {
        print(Happened(event: event))
    }

    func drillProgressed(_ progress: DrillProgress) {
        print(
            Progressed(
                time: progress.time, phase: progress.phase, attempted: progress.attempted,
                acknowledged: progress.acknowledged, delivered: progress.delivered,
                rate: progress.rate, errorRate: progress.errorRate, p99: progress.p99,
                faults: progress.faults))
    }

    func drillEnded(_ verdict: Verdict) {
        print(Ended(verdict: verdict))
    }

    private func print(_ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return }
        Console.line(record: String(decoding: data, as: UTF8.self))
    }
}

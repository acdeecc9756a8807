import Playbooks
import Records
import Systems

/// What every producer and consumer of one run has in common.
struct WorkloadContext: Sendable {
    let workload: Workload
    let client: any QueueClient
    /// The nodes in the order of failover; the first is believed to be the primary at the start.
    let nodes: [String]
    /// The run mark of the drill: see ``MessageBody``.
    let run: String
    let seed: UInt64
    let schedule: Schedule
    let now: @Sendable () -> DrillTime
    let recorder: any OperationRecorder
    let control: RunControl

    /// Sleeps until `time`, or a tenth of a second when that is sooner, so that a stop is seen.
    func sleep(towards time: DrillTime) async {
        let left = time - now()
        guard left.count > 0 else { return }
        try? await Task.sleep(for: min(left.duration, .milliseconds(100)))
    }
}

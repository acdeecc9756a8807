import Kernel
import Playbooks
import Records

/// Datagrams over the faulted path and, at the same times, over one that no fault is aimed at.
///
/// The first proves the effect, the second that nothing else was touched.
struct Canary: Sendable {
    /// What both paths did during one measurement.
    struct Reading: Sendable, Equatable {
        var aimed: CanaryEstimate
        var unaimed: CanaryEstimate
    }

    let aimed: DatagramFlow
    let unaimed: DatagramFlow
    let now: @Sendable () -> DrillTime
    let sleep: @Sendable (Duration) async throws -> Void

    /// Opens two flows between the same addresses, on ports of their own.
    init(
        from source: [UInt8], to destination: [UInt8], namespace: Int32? = nil,
        now: @escaping @Sendable () -> DrillTime,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) throws(KernelError) {
        aimed = try DatagramFlow(from: source, to: destination, namespace: namespace)
        unaimed = try DatagramFlow(from: source, to: destination, namespace: namespace)
        self.now = now
        self.sleep = sleep
    }

    /// Sends `count` datagrams over each path, one every `period`, and waits for the last ones.
    ///
    /// - Parameter patience: how long the last datagram may take; ends early when all have arrived.
    ///
    /// Ends early when the task is cancelled; what was under way then counts as lost.
    func measure(
        count: Int, every period: Duration, bytes: Int = 128, patience: Duration
    ) async -> Reading {
        var observations = [CanaryObservation(), CanaryObservation()]
        let flows = [aimed, unaimed]
        // Leftovers of an earlier measurement belong to nobody.
        for flow in flows { _ = flow.arrivals() }
        let base = UInt64(bitPattern: now().nanoseconds) << 20
        let start = now()
        var next = 0
        while next < count, !Task.isCancelled {
            // A late wake-up sends what is due, so that the number does not depend on the machine.
            let elapsed = now() - start
            let due = min(count, Int(elapsed.count / max(1, period.nanoseconds)) + 1)
            while next < due {
                for index in flows.indices {
                    let number = base + UInt64(next)
                    if let sentAt = flows[index].send(number: number, bytes: bytes) {
                        observations[index].departures.append(
                            CanaryObservation.Departure(number: number, sentAt: sentAt))
                    } else {
                        observations[index].refused += 1
                    }
                }
                next += 1
            }
            collect(flows, &observations)
            // A sleep that is cut short is noticed by the loop's condition.
            if next < count { try? await sleep(min(period, .milliseconds(10))) }
        }
        let end = now() + Nanoseconds(patience)
        while now() < end, !Task.isCancelled {
            let isWhole = observations.allSatisfy { $0.arrivals.count >= $0.departures.count }
            if isWhole { break }
            try? await sleep(.milliseconds(5))
            collect(flows, &observations)
        }
        collect(flows, &observations)
        return Reading(
            aimed: CanaryEstimate(observations[0]), unaimed: CanaryEstimate(observations[1]))
    }

    private func collect(_ flows: [DatagramFlow], _ observations: inout [CanaryObservation]) {
        for index in flows.indices {
            observations[index].arrivals += flows[index].arrivals()
        }
    }
}

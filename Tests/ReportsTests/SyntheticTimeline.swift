import Records

/// The events and the probes' answers of the synthetic drill.
enum SyntheticTimeline {
    static let phases: [(Phase, Double, Double)] = [
        (.preflight, 0, 0.3), (.testbed, 0.3, 1.2), (.warmup, 1.2, 6.2), (.baseline, 6.2, 21.2),
        (.method, 21.2, 58.02), (.recovery, 58.02, 63), (.drain, 63, 64.4), (.teardown, 64.4, 65),
    ]

    static let events: [Event] = {
        var events: [Event] = []
        for (phase, start, end) in phases {
            events.append(event(start, .phaseStarted, phase.rawValue, "\(phase.rawValue) begins"))
            events.append(event(end, .phaseEnded, phase.rawValue, "\(phase.rawValue) ends"))
        }
        for fault in SyntheticFaults.all { events += life(of: fault) }
        events += [
            event(0.5, .nodeStarted, "a", "node a started, pid 4711"),
            event(0.6, .nodeStarted, "b", "node b started, pid 4712"),
            event(36.0001, .nodeExited, "a", "node a ended by SIGKILL"),
            event(36.3, .steadyLost, "", "health: connection refused"),
            event(37.85, .roleChanged, "b", "node b became primary, epoch 2"),
            event(39.1, .steadyRegained, "", "steady again after 3.1 s"),
            event(46.3, .nodeRestarted, "a", "node a restarted, pid 4802"),
        ]
        return events.sorted { $0.time < $1.time }
    }()

    private static func life(of fault: FaultRecord) -> [Event] {
        let stations: [(DrillTime?, Event.Kind, String)] = [
            (fault.recordedAt, .faultRecorded, "undo record on disk"),
            (fault.acknowledgedAt, .faultAcknowledged, "guardian acknowledged"),
            (fault.injectedAt, .faultInjected, "\(fault.name) is in"),
            (fault.revertingAt, .faultReverting, "\(fault.name) is being taken out"),
            (fault.revertedAt, .faultReverted, "\(fault.name) is out"),
            (
                fault.verifiedAt, .faultVerified, Event.message(.clean, by: .drill)
            ),
        ]
        return stations.compactMap { time, kind, message in
            time.map {
                Event(time: $0, kind: kind, subject: fault.identifier, message: message)
            }
        }
    }

    private static func event(
        _ seconds: Double, _ kind: Event.Kind, _ subject: String, _ message: String
    ) -> Event {
        Event(time: DrillTime(seconds), kind: kind, subject: subject, message: message)
    }

    static func samples() -> [ProbeSample] {
        var samples: [ProbeSample] = []
        for tick in 0..<250 {
            let time = 1.3 + Double(tick) * 0.25
            for node in ["a", "b"] {
                let isDead = node == "a" && time >= 36 && time < 46.4
                let role = role(of: node, at: time)
                samples.append(
                    ProbeSample(
                        probe: "health", node: node, role: isDead ? nil : role,
                        started: DrillTime(time), ended: DrillTime(time + 0.001),
                        result: isDead ? .unhealthy : .healthy,
                        answer: isDead ? "connection refused" : "200"))
            }
            guard tick % 4 == 0 else { continue }
            samples.append(
                ProbeSample(
                    probe: "status", started: DrillTime(time), ended: DrillTime(time + 0.04),
                    result: time > 47.5 && time < 49 ? .unknown : .healthy, answer: "exit 0"))
        }
        return samples
    }

    private static func role(of node: String, at time: Double) -> NodeRole {
        if time < 36 { return node == "a" ? .primary : .standby }
        if time < 37.85 { return node == "a" ? .unknown : .standby }
        return node == "b" ? .primary : .standby
    }
}

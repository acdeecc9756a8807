import Checks
import Playbooks
import Records

/// Makes evidence of drills that never were.
struct EvidenceBuilder {
    var playbook = Playbook(
        name: "synthetic", title: "Synthetic", hypothesis: "It holds.",
        target: Target(kind: "reference"), workload: Workload(rate: Rate(perSecond: 400)))
    var events: [Event] = []
    var operations: [Operation] = []
    var samples: [ProbeSample] = []
    var wire: [WireObservation] = []
    var hostLoad: [HostLoad] = []
    var faults: [FaultRecord] = []
    var ledger: LedgerSummary?
    var redelivery: RetryPolicy?

    var evidence: JudgedEvidence {
        JudgedEvidence(
            playbook: playbook,
            evidence: Evidence(
                header: DrillHeader(
                    identifier: "synthetic", playbook: "synthetic", title: "Synthetic",
                    hypothesis: "It holds.", tags: [], seed: 42, startedAt: 0,
                    command: "firedrill run synthetic.yaml"),
                playbookText: "", events: events, operations: operations, samples: samples,
                wire: wire, hostLoad: hostLoad),
            faults: faults, ledger: ledger, redelivery: redelivery)
    }

    /// Judges the evidence by one check, made through the catalogue.
    func judge(_ kind: String, _ arguments: [String: ArgumentValue] = [:]) throws -> CheckResult {
        let expectation = Expectation(kind: kind, arguments: Arguments(arguments), line: 7)
        return try CheckCatalogue.make(expectation, playbook: playbook).judge(evidence)
    }

    /// Lets strangers take `others` of the host's processors from a time on, and leave `idle`.
    mutating func crowd(from start: Int, to end: Int, idle: Double, others: Double) {
        hostLoad = (0..<end).map { second in
            HostLoad(
                time: .at(Double(second)), idle: second < start ? 0.8 : idle,
                others: second < start ? 0 : others)
        }
    }

    mutating func phase(_ phase: Phase, from start: Double, to end: Double) {
        events.append(
            Event(time: .at(start), kind: .phaseStarted, subject: phase.rawValue, message: "begins")
        )
        events.append(
            Event(time: .at(end), kind: .phaseEnded, subject: phase.rawValue, message: "ends"))
    }

    /// Adds a fault that was in from `start` to `end`; a nil `end` leaves it in.
    mutating func fault(
        _ kind: String, node: String, from start: Double, to end: Double?,
        requested: [Figure] = []
    ) {
        faults.append(
            FaultRecord(
                identifier: "f\(faults.count + 1)", kind: kind, name: kind,
                objects: ["node \(node), pid 4711 started 8123456"], requested: requested,
                injection: .confirmed, proof: "measured", recordedAt: .at(start - 0.01),
                acknowledgedAt: .at(start - 0.005), injectedAt: .at(start),
                revertedAt: end.map(DrillTime.at), verifiedAt: end.map(DrillTime.at),
                undo: end == nil ? .unknown : .clean, undoneBy: end == nil ? .nobody : .drill))
    }

    /// Adds an enqueue with one attempt.
    mutating func enqueue(
        at time: Double, latency: Double = 0.001, node: String = "a",
        outcome: Operation.Outcome = .ok, answer: String? = nil, client: String = "p0"
    ) {
        let message = MessageIdentifier(producer: 0, sequence: operations.count)
        operations.append(
            Operation(
                kind: .enqueue, client: client, message: message, intended: .at(time),
                ended: .at(time + latency), outcome: outcome, node: node,
                attempts: [
                    Attempt(
                        node: node, started: .at(time), ended: .at(time + latency),
                        outcome: outcome, answer: answer ?? (outcome == .ok ? "201" : "503"))
                ]))
    }

    /// Adds enqueues at a fixed rate.
    mutating func load(
        from start: Double, to end: Double, rate: Double = 100, node: String = "a",
        outcome: Operation.Outcome = .ok, answer: String? = nil,
        latency: (Double) -> Double = { _ in 0.001 }
    ) {
        let count = Int(((end - start) * rate).rounded())
        for index in 0..<count {
            let time = start + Double(index) / rate
            enqueue(
                at: time, latency: latency(time), node: node, outcome: outcome, answer: answer)
        }
    }

    /// Turns this share of the enqueues into ones that the generator never sent.
    mutating func saturate(share: Double) {
        let step = Int((1 / share).rounded())
        for index in operations.indices where index % step == 1 {
            operations[index].outcome = .failed
            operations[index].attempts[0].answer = Operation.saturatedAnswer
        }
    }
}

extension DrillTime {
    static func at(_ seconds: Double) -> DrillTime {
        DrillTime(nanoseconds: Int64((seconds * 1e9).rounded()))
    }
}

extension CheckResult {
    func figure(_ name: String) -> Double? { figures.first { $0.name == name }?.value }
}

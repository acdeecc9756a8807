import Records
import Workloads

/// A hand-written history of operations on messages of one producer, times in nanoseconds.
struct History {
    private var operations: [Operation] = []
    private var clock: Int64 = 0

    private mutating func tick() -> DrillTime {
        clock += 1
        return DrillTime(nanoseconds: clock)
    }

    private mutating func append(
        _ kind: Operation.Kind, _ message: Int?, begun: DrillTime, ended: DrillTime,
        _ outcome: Operation.Outcome, node: String = "a", answer: String = "", intact: Bool? = nil
    ) {
        operations.append(
            Operation(
                kind: kind, client: "x",
                message: message.map { MessageIdentifier(producer: 0, sequence: $0) },
                intended: begun, ended: ended, outcome: outcome, node: node,
                attempts: [
                    Attempt(
                        node: node, started: begun, ended: ended, outcome: outcome, answer: answer)
                ], intact: intact))
    }

    mutating func enqueue(
        _ message: Int, _ outcome: Operation.Outcome = .ok, at time: Int64? = nil,
        node: String = "a", answer: String = "201"
    ) {
        let time = time.map(DrillTime.init(nanoseconds:)) ?? tick()
        append(
            .enqueue, message, begun: time, ended: time, outcome, node: node, answer: answer)
    }

    /// A Jepsen dequeue: it takes the message out for good.
    mutating func dequeue(_ message: Int) {
        let begun = tick()
        append(.reserve, message, begun: begun, ended: tick(), .ok, intact: true)
        append(.acknowledge, message, begun: tick(), ended: tick(), .ok)
    }

    mutating func dequeueNothing() {
        append(.reserve, nil, begun: tick(), ended: tick(), .ok)
    }

    mutating func reserve(_ message: Int?, begun: Int64, intact: Bool = true) {
        let time = DrillTime(nanoseconds: begun)
        append(.reserve, message, begun: time, ended: time, .ok, intact: intact)
    }

    mutating func acknowledge(
        _ message: Int, at time: Int64, _ outcome: Operation.Outcome = .ok
    ) {
        let time = DrillTime(nanoseconds: time)
        append(.acknowledge, message, begun: time, ended: time, outcome)
    }

    func closed(
        deadLetters: [Int] = [], firstFault: Int64? = nil, lastFault: Int64? = nil,
        reversed: Bool = false
    ) -> LedgerSummary {
        Ledger.close(
            operations: reversed ? operations.reversed() : operations,
            deadLetters: deadLetters.map { MessageIdentifier(producer: 0, sequence: $0) },
            firstFault: firstFault.map(DrillTime.init(nanoseconds:)),
            lastFault: lastFault.map(DrillTime.init(nanoseconds:)), isDrained: false)
    }
}

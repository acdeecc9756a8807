import Records
import Testing

@testable import Drills

@Suite("Lines of history and wire")
struct OperationLineTests {
    static let operations: [Operation] = [
        Operation(
            kind: .enqueue, client: "p0", message: MessageIdentifier(producer: 0, sequence: 12),
            intended: DrillTime(nanoseconds: 5), ended: DrillTime(nanoseconds: 900),
            outcome: .ok, node: "b",
            attempts: [
                Attempt(
                    node: "a", started: DrillTime(nanoseconds: 6),
                    ended: DrillTime(nanoseconds: 40), outcome: .failed, answer: "409"),
                Attempt(
                    node: "b", started: DrillTime(nanoseconds: 41),
                    ended: DrillTime(nanoseconds: 900), outcome: .ok, answer: "201"),
            ]),
        Operation(
            kind: .reserve, client: "c\"1\\\u{1}é", intended: .zero,
            ended: DrillTime(nanoseconds: -3), outcome: .indeterminate, intact: false, delivery: 2),
    ]

    @Test("An operation comes back as it was written", arguments: operations)
    func roundTrip(operation: Operation) throws {
        var line = LineWriter()
        operation.write(to: &line)
        #expect(line.bytes.last == UInt8(ascii: "\n"))
        #expect(try Operation(line: line.bytes.dropLast()) == operation)
    }

    @Test("An observation on the wire comes back as it was written")
    func wireRoundTrip() throws {
        let observation = WireObservation(
            time: DrillTime(nanoseconds: 77), node: "a",
            message: MessageIdentifier(producer: 3, sequence: 1_234_567), forwarded: false)
        var line = LineWriter()
        observation.write(to: &line)
        #expect(try WireObservation(line: line.bytes.dropLast()) == observation)
    }

    @Test("Every torn line is an error and never a crash")
    func tornLines() throws {
        var line = LineWriter()
        Self.operations[0].write(to: &line)
        let whole = line.bytes.dropLast()
        for length in 0..<whole.count {
            #expect(throws: LineScanner.Malformed.self) {
                try Operation(line: whole.prefix(length))
            }
        }
    }
}

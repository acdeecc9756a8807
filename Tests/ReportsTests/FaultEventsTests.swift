import Records
import Testing

@testable import Reports

@Suite("A fault of which events alone tell")
struct FaultEventsTests {
    private func record(_ kind: Event.Kind, _ message: String) throws -> FaultRecord {
        let event = Event(time: DrillTime(1), kind: kind, subject: "f1", message: message)
        return try #require(FaultRecord.fromEvents([event], plan: nil, besides: []).first)
    }

    @Test(
        "is as clean as it was found to be, by whom it was taken out",
        arguments: [
            (FaultRecord.Undo.clean, FaultRecord.UndoneBy.drill), (.residual, .drill),
            (.unknown, .nobody), (.clean, .kernel),
        ])
    func verified(undo: FaultRecord.Undo, by actor: FaultRecord.UndoneBy) throws {
        let record = try record(.faultVerified, Event.message(undo, by: actor))
        #expect(record.undo == undo)
        #expect(record.undoneBy == actor)
        #expect(record.verifiedAt == DrillTime(1))
    }

    @Test(
        "is as proven as its effect was",
        arguments: [FaultRecord.Injection.confirmed, .mismatch, .unproven])
    func proven(injection: FaultRecord.Injection) throws {
        let record = try record(
            .faultProven, Event.message(injection, because: "netem: 3 ms of 50 ms"))
        #expect(record.injection == injection)
        #expect(record.proof == "netem: 3 ms of 50 ms")
    }

    @Test("is neither clean nor proven by words that nobody understands")
    func strange() throws {
        #expect(try record(.faultVerified, "all is well").undo == .unknown)
        #expect(try record(.faultProven, "all is well").injection == .unproven)
    }

    @Test("shows as good only where it was clean")
    func tone() {
        let tones = [FaultRecord.Undo.clean, .residual, .unknown].map { undo in
            Chronicle.of([
                Event(
                    time: DrillTime(1), kind: .faultVerified, subject: "f1",
                    message: Event.message(undo, by: .drill))
            ]).entries.map(\.tone)
        }
        #expect(tones == [[.good], [.bad], [.unsure]])
    }
}

import Testing

@testable import Drills

@Suite("A request to stop")
struct InterruptionSignalTests {
    @Test("A request before the wait is not lost")
    func raisedBefore() async {
        let signal = InterruptionSignal()
        signal.raise()
        await signal.wait()
        #expect(signal.isRaised)
    }

    @Test("A request wakes everyone who waits")
    func wakesAll() async {
        let signal = InterruptionSignal()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { await signal.wait() } }
            await Task.yield()
            signal.raise()
        }
        #expect(signal.isRaised)
    }

    @Test("Cancellation ends the wait without a request")
    func cancelled() async {
        let signal = InterruptionSignal()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await signal.wait() }
            group.cancelAll()
        }
        #expect(!signal.isRaised)
    }
}

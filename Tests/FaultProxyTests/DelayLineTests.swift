import Records
import Testing

@testable import FaultProxy

@Suite("The delay line")
struct DelayLineTests {
    private func dues(seed: UInt64, jitter: Int64) -> [Int64] {
        var line = DelayLine<Int>(seed: seed)
        line.change(to: LineEffects(latencies: [.init(delay: 1000, jitter: jitter)]), now: 0)
        return (0..<50).compactMap { number in
            line.admit(number, size: 1, now: Int64(number) * 10_000)
            let due = line.nextDue
            #expect(line.popDue(now: (due ?? 0) - 1) == nil)
            #expect(line.popDue(now: due ?? 0) == number)
            return due.map { $0 - Int64(number) * 10_000 }
        }
    }

    @Test("adds exactly the delay without jitter")
    func exact() {
        #expect(dues(seed: 1, jitter: 0) == Array(repeating: 1000, count: 50))
    }

    @Test("draws the same jitter from the same seed, and another from another")
    func seeds() {
        #expect(dues(seed: 42, jitter: 800) == dues(seed: 42, jitter: 800))
        #expect(dues(seed: 42, jitter: 800) != dues(seed: 43, jitter: 800))
        #expect(dues(seed: 42, jitter: 800).allSatisfy { 200...1800 ~= $0 })
        #expect(Set(dues(seed: 42, jitter: 800)).count > 25)
    }

    @Test("never lets a later chunk overtake an earlier one")
    func order() {
        var line = DelayLine<Int>(seed: 5)
        line.change(to: LineEffects(latencies: [.init(delay: 1000, jitter: 1000)]), now: 0)
        for number in 0..<200 { line.admit(number, size: 3, now: Int64(number)) }
        #expect(line.heldBytes == 600)
        var left: [Int] = []
        while let due = line.nextDue {
            while let element = line.popDue(now: due) { left.append(element) }
        }
        #expect(left == Array(0..<200))
        #expect(line.heldBytes == 0)
    }

    @Test("makes everything due, in order, when its last effect goes")
    func removal() {
        var line = DelayLine<Int>(seed: 5)
        line.change(to: LineEffects(latencies: [.init(delay: 1_000_000, jitter: 10)]), now: 0)
        for number in 0..<10 { line.admit(number, size: 1, now: Int64(number)) }
        #expect(line.popDue(now: 100) == nil)
        line.change(to: LineEffects(), now: 100)
        #expect((0..<10).map { _ in line.popDue(now: 100) } == Array(0..<10))
    }

    @Test("sums the delays of several toxics")
    func sum() {
        var line = DelayLine<Int>(seed: 5)
        let one = LineEffects.Latency(delay: 1000, jitter: 0)
        line.change(to: LineEffects(latencies: [one, one]), now: 0)
        line.admit(1, size: 1, now: 0)
        #expect(line.nextDue == 2000)
        line.change(to: LineEffects(latencies: [one]), now: 10)
        #expect(line.nextDue == 1000)
    }

    @Test("spaces chunks by the bandwidth")
    func bandwidth() {
        var line = DelayLine<Int>(seed: 5)
        line.change(to: LineEffects(bytesPerSecond: 1_000_000), now: 0)
        for number in 0..<3 { line.admit(number, size: 1000, now: 0) }
        var dues: [Int64] = []
        while let due = line.nextDue {
            dues.append(due)
            _ = line.popDue(now: due)
        }
        #expect(dues == [1_000_000, 2_000_000, 3_000_000])
    }

    @Test("releases nothing while it is stalled")
    func stalled() {
        var line = DelayLine<Int>(seed: 5)
        line.change(to: LineEffects(isStalled: true), now: 0)
        line.admit(1, size: 1, now: 0)
        #expect(line.nextDue == nil)
        #expect(line.popDue(now: .max) == nil)
        line.change(to: LineEffects(), now: 5)
        #expect(line.popDue(now: 5) == 1)
    }
}

import Kernel
import Playbooks
import Records
import Synchronization
import Testing

@testable import Faults

@Suite("Trial packets")
struct PacketTallyTests {
    @Test("come back as they were sent")
    func packet() {
        let packet = TrialPacket(number: 70_000, sentAt: DrillTime(nanoseconds: 1 << 40))
        #expect(TrialPacket(packet.bytes) == packet)
        #expect(packet.bytes.count == TrialPacket.size)
    }

    @Test("are known to be damaged by one flipped bit, or by a missing byte")
    func damage() {
        let bytes = TrialPacket(number: 7, sentAt: DrillTime(nanoseconds: 9)).bytes
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << UInt8(index % 8)
            #expect(TrialPacket(damaged) == nil, "byte \(index)")
        }
        #expect(TrialPacket(Array(bytes.dropLast())) == nil)
        #expect(TrialPacket([]) == nil)
    }

    @Test("are counted as lost, doubled, damaged, and in bursts")
    func counts() {
        var tally = PacketTally()
        for _ in 0..<10 { tally.send() }
        // Lost: 2, 3, 4, 8. Doubled: 1, twice. Damaged: one of the lost.
        for (number, time) in [(0, 1), (1, 2), (1, 3), (6, 4), (5, 9), (1, 9), (7, 9), (9, 10)] {
            let packet = TrialPacket(number: UInt32(number), sentAt: DrillTime(nanoseconds: 0))
            tally.receive(packet, at: DrillTime(nanoseconds: Int64(time)))
        }
        tally.receive(nil, at: DrillTime(nanoseconds: 11))
        tally.receive(
            TrialPacket(number: 10, sentAt: DrillTime(nanoseconds: 0)),
            at: DrillTime(nanoseconds: 11))
        #expect(tally.sent == 10)
        #expect(tally.missing == 4)
        #expect(tally.extra == 2)
        #expect(tally.damaged == 2)
        #expect(tally.bursts == [3, 1])
        #expect(tally.delays == [1, 2, 9, 4, 9, 10].map { Duration.nanoseconds($0) })
    }

    @Test("of a real flow over loopback all arrive, once")
    func live() async throws {
        let flow = try PacketFlow(
            now: { DrillTime(nanoseconds: MonotonicClock.now) },
            sleep: { try await Task.sleep(for: $0) })
        let tally = await flow.run(for: .milliseconds(400), drain: .milliseconds(200))
        // The schedule is open: a late loop sends what was due.
        #expect(tally.sent >= 150 && tally.sent <= 201, "\(tally.sent)")
        #expect(tally.missing == 0)
        #expect(tally.extra == 0)
        #expect(tally.damaged == 0)
        #expect(flow.aim.objection == nil)
        #expect("\(flow.aim)".hasPrefix("UDP from 127.0.0.1 port "))
    }

    @Test("are none of them lost where the machine stands still between or after them")
    func stalled() async {
        for (stall, length) in [(5, 2000), (100, 130), (195, 2000)] as [(Int, Int64)] {
            let clock = Mutex<Int64>(0)
            let sleeps = Mutex(0)
            let underWay = Mutex<[(arrival: Int64, bytes: [UInt8])]>([])
            let loop = TrialLoop(now: { DrillTime(nanoseconds: clock.withLock { $0 }) }) {
                duration in
                let count = sleeps.withLock { count in
                    count += 1
                    return count
                }
                // Once it takes long, in a flow that lasts 200 ms.
                let time = count == stall ? length * 1_000_000 : duration.nanoseconds
                clock.withLock { $0 += time }
            } send: { bytes in
                // Each call takes its time.
                let now = clock.withLock { now in
                    now += 100_000
                    return now
                }
                underWay.withLock { $0.append((now + 40_000_000, bytes)) }
            } receive: {
                let now = clock.withLock { $0 }
                return underWay.withLock { packets in
                    guard let first = packets.first, first.arrival <= now else { return nil }
                    return packets.removeFirst().bytes
                }
            }
            let tally = await loop.run(for: .milliseconds(200), drain: .milliseconds(50))
            #expect(tally.missing == 0 && tally.sent > 0, "\(stall): \(tally.missing)")
        }
    }

    @Test(
        "agree with shares in intervals that are known",
        arguments: [
            // Wilson's interval by hand at z = 3.29.
            (0, 1000, 0.0, 0.0, 0.010708), (50, 1000, 0.0, 0.031757, 0.077881),
            (500, 1000, 0.0, 0.448260, 0.551740), (1000, 1000, 0.0, 0.989292, 1.0),
            (100, 2000, 1 / 3.0, 0.031757, 0.077881),
        ])
    func interval(count: Int, total: Int, correlation: Double, lower: Double, upper: Double) {
        let interval = ShareInterval(count: count, of: total, correlation: correlation)
        #expect(abs(interval.lower - lower) < 1e-5, "\(interval.lower)")
        #expect(abs(interval.upper - upper) < 1e-5, "\(interval.upper)")
    }
}

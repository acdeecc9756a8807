import Playbooks
import Records
import Scheduler
import Testing

@Suite("The machine that decides which drills run")
struct SchedulerMachineTests {
    @Test("A drill runs every ten seconds, each recorded before it starts")
    func everyTenSeconds() throws {
        var bench = try MachineBench()
        bench.add("a", every: .seconds(10))
        for index in 0..<6 {
            bench.advance(.seconds(10))
            #expect(bench.started.count == index + 1)
            bench.end(index)
        }
        #expect(bench.unrecordedStarts == 0)
        #expect(bench.count(.ended) == 6)
        #expect(bench.machine.openCount == 0)
        #expect(bench.machine.nextWake == bench.now + .seconds(10))
    }

    @Test("The overlap policy decides while the drill before still runs")
    func overlap() throws {
        var forbid = try MachineBench()
        forbid.add("a", every: .seconds(10))
        forbid.advance(.seconds(10))
        forbid.advance(.seconds(10))
        #expect(forbid.started.count == 1)
        #expect(forbid.settled.map(\.state) == [.missed])
        #expect(forbid.settled.first?.reason?.contains("has not ended") == true)

        var queue = try MachineBench()
        queue.add("a", every: .seconds(10)) { $0.overlap = .queue }
        for _ in 0..<3 { queue.advance(.seconds(10)) }
        #expect(queue.started.count == 1)
        #expect(queue.settled.map(\.state) == [.missed])
        queue.end(0)
        #expect(queue.started.count == 2)

        var replace = try MachineBench()
        replace.add("a", every: .seconds(10)) { $0.overlap = .replace }
        replace.advance(.seconds(10))
        replace.advance(.seconds(10))
        #expect(replace.stopped == [replace.started[0]])
        #expect(replace.started.count == 1)
        replace.end(0, .exited(6))
        #expect(replace.started.count == 2)
    }

    @Test(
        "The missed policy decides on what was due while nobody was there",
        arguments: [
            (MissedPolicy.skip, 0, 6), (.once, 1, 5), (.all, 6, 0),
        ])
    func missed(policy: MissedPolicy, runs: Int, lost: Int) throws {
        var bench = try MachineBench()
        bench.add("a", every: .seconds(600)) { $0.missed = policy }
        bench.advance(.seconds(3900))
        for index in 0..<runs {
            #expect(bench.started.count == index + 1)
            bench.end(index)
        }
        #expect(bench.started.count == runs)
        let missed = bench.settled.filter { $0.state == .missed }
        #expect(missed.reduce(0) { $0 + 1 + $1.missedBefore } == lost)
        // And then everything is as it was.
        bench.advance(.seconds(300))
        #expect(bench.started.count == runs + 1)
    }

    @Test("A deadline says how late is in time")
    func deadline() throws {
        var late = try MachineBench()
        late.add("a", every: .seconds(3600)) { $0.deadline = .seconds(120) }
        late.advance(.seconds(3600 + 121))
        #expect(late.started.isEmpty)
        var timely = try MachineBench()
        timely.add("a", every: .seconds(3600)) { $0.deadline = .seconds(120) }
        timely.advance(.seconds(3600 + 119))
        #expect(timely.started.count == 1)
    }

    @Test("Of a long outage the last hundred run, and all others are counted")
    func longOutage() throws {
        var bench = try MachineBench()
        bench.add("a", every: .seconds(1)) { $0.missed = .all }
        bench.advance(.seconds(5000))
        #expect(bench.recorded.count == 101)
        #expect(bench.settled.map(\.missedBefore) == [4899])
    }

    @Test("No more drills run than the host and their target have room for")
    func concurrency() throws {
        var bench = try MachineBench(limits: SchedulerLimits(host: 3, target: 2))
        for index in 0..<4 { bench.add("a\(index)", every: .seconds(60), target: "redis") }
        for index in 0..<4 { bench.add("b\(index)", every: .seconds(60), target: "reference") }
        bench.advance(.seconds(60))
        #expect(bench.started.count == 3)
        var running = bench.started
        while bench.started.count < 8 {
            bench.tell(.ended(running.removeFirst(), .exited(0)))
            running = bench.started.filter { bench.recorded[$0]?.state == .starting }
            #expect(running.count <= 3)
            let redis = running.count { $0.schedule.hasPrefix("a") }
            #expect(redis <= 2 && running.count - redis <= 2)
        }
    }

    @Test("Who waits for room longer than the deadline is missed")
    func waitsTooLong() throws {
        var bench = try MachineBench(limits: SchedulerLimits(host: 1))
        bench.add("a", every: .seconds(600))
        bench.add("b", every: .seconds(600)) { $0.deadline = .seconds(30) }
        bench.advance(.seconds(600))
        bench.advance(.seconds(31))
        bench.end(0)
        #expect(bench.started.count == 1)
        #expect(
            bench.settled.contains { $0.state == .missed && $0.reason?.contains("room") == true })
    }

    @Test(
        "What says nothing about the hypothesis is run again, as often as asked", arguments: [0, 2])
    func retries(count: Int) throws {
        var bench = try MachineBench()
        bench.add("a", every: .seconds(86_400)) { $0.retries = count }
        bench.advance(.seconds(86_400))
        for index in 0...count {
            #expect(bench.started.count == index + 1)
            #expect(bench.started[index].attempt == index)
            bench.end(index, .exited(4))
            bench.advance(.seconds(61))
        }
        #expect(bench.started.count == count + 1)
    }

    @Test("A drill whose steady state was missing is kept as that, with the reason")
    func steadyStateMissing() throws {
        var bench = try MachineBench()
        bench.add("a", every: .seconds(86_400))
        bench.advance(.seconds(86_400))
        bench.end(0, .exited(3))
        let settled = try #require(bench.settled.last)
        #expect(settled.state == .ended && settled.exitCode == 3)
        #expect(settled.reason?.contains("no fault went in") == true)
    }

    @Test("A drill that failed is not run again")
    func failureIsAnAnswer() throws {
        var bench = try MachineBench()
        bench.add("a", every: .seconds(86_400)) { $0.retries = 3 }
        bench.advance(.seconds(86_400))
        bench.end(0, .exited(1))
        bench.advance(.seconds(600))
        #expect(bench.started.count == 1)
    }

    @Test("Nothing begins while drills are frozen, and nothing is made up for after")
    func frozen() throws {
        var bench = try MachineBench()
        bench.add("a", every: .seconds(60)) { $0.missed = .all }
        bench.tell(.froze(Freeze(until: bench.now + .seconds(150), reason: "release")))
        bench.advance(.seconds(60))
        bench.advance(.seconds(60))
        #expect(bench.started.isEmpty)
        #expect(bench.settled.map(\.state) == [.skipped, .skipped])
        bench.advance(.seconds(60))
        #expect(bench.started.count == 1)
    }

    @Test("Nothing begins when something speaks against it")
    func objection() throws {
        var bench = try MachineBench()
        bench.objection = "there is an incident"
        bench.add("a", every: .seconds(60))
        bench.advance(.seconds(60))
        #expect(bench.started.isEmpty)
        #expect(bench.settled.map(\.reason) == ["there is an incident"])
        #expect(bench.machine.openCount == 0)
        bench.objection = nil
        bench.advance(.seconds(60))
        #expect(bench.started.count == 1)
    }

    @Test("A decision that did not become durable is made again")
    func claimFails() throws {
        var bench = try MachineBench()
        let rules = MachineBench.rules(.every(.seconds(60), anchor: bench.now))
        bench.tell(.loaded(Schedule(name: "a", rules: rules), watermark: bench.now))
        bench.now = bench.now + .seconds(60)
        let actions = bench.machine.handle(.timeReached, at: bench.now)
        guard case .claim(let claims)? = actions.first else {
            Issue.record("no claim")
            return
        }
        bench.tell(.claimFailed(claims))
        bench.tell(.timeReached)
        #expect(bench.started.isEmpty)
        bench.advance(.seconds(1))
        #expect(bench.started == claims.flatMap(\.occurrences).map(\.identifier))
    }

    @Test("What an ended service left waiting runs or is missed, by its policy")
    func leftWaiting() throws {
        for (policy, runs) in [(MissedPolicy.skip, 0), (.once, 1)] {
            var bench = try MachineBench()
            bench.add("a", every: .seconds(86_400)) { $0.missed = policy }
            let due = bench.now
            bench.now = bench.now + .seconds(7200)
            let left = Occurrence(identifier: OccurrenceIdentifier(schedule: "a", due: due))
            bench.tell(.foundWaiting([left, left]))
            #expect(bench.started.count == runs)
            #expect(bench.count(.missed) == 1 - runs)
        }
    }

    @Test("Jitter spreads schedules, within its bound, and is the same with the same seed")
    func jitter() throws {
        var firsts: [[Moment]] = []
        for _ in 0..<2 {
            var bench = try MachineBench(limits: SchedulerLimits(host: 100, target: 100))
            for index in 0..<50 {
                bench.add("s\(index)", every: .seconds(3600)) { $0.jitter = .seconds(60) }
            }
            bench.advance(.seconds(3599))
            var seen: [Moment] = []
            while bench.started.count < 50, let wake = bench.machine.nextWake {
                let before = bench.started.count
                bench.advance(wake - bench.now)
                seen += Array(repeating: wake, count: bench.started.count - before)
            }
            firsts.append(seen)
            let first = try #require(seen.first)
            let last = try #require(seen.last)
            #expect(last - first > .seconds(20))
            #expect(last - first <= .seconds(60))
        }
        #expect(firsts[0] == firsts[1])
    }

    @Test("A service that stops starts nothing any more and asks every drill to end")
    func stops() throws {
        var bench = try MachineBench()
        bench.add("a", every: .seconds(60))
        bench.advance(.seconds(60))
        bench.tell(.stopping)
        #expect(bench.stopped == bench.started)
        #expect(!bench.machine.isStopped)
        bench.advance(.seconds(600))
        #expect(bench.started.count == 1)
        bench.end(0, .exited(6))
        #expect(bench.machine.isStopped)
    }

    @Test("Over random days every due time is decided on once, and no drill overlaps its own")
    func randomDays() throws {
        for seed in 1...20 {
            var generator = SeededGenerator(seed: UInt64(seed))
            var bench = try MachineBench(limits: SchedulerLimits(host: 3, target: 2))
            let start = bench.now
            for index in 0..<8 {
                bench.add(
                    "s\(index)", every: .seconds(Int.random(in: 20...300, using: &generator)),
                    target: "t\(index % 3)"
                ) {
                    $0.missed = MissedPolicy.allCases.randomElement(using: &generator) ?? .skip
                    $0.overlap = OverlapPolicy.allCases.randomElement(using: &generator) ?? .forbid
                    $0.retries = Int.random(in: 0...1, using: &generator)
                }
            }
            for _ in 0..<400 {
                bench.advance(.seconds(Int.random(in: 1...120, using: &generator)))
                let running = bench.started.filter { bench.recorded[$0]?.state == .starting }
                #expect(running.count <= 3)
                #expect(Set(running.map(\.schedule)).count == running.count)
                if let one = running.randomElement(using: &generator) {
                    bench.tell(.ended(one, .exited(Int32.random(in: 0...7, using: &generator))))
                }
            }
            #expect(bench.repeatedClaims == 0)
            #expect(bench.unrecordedStarts == 0)
            #expect(Set(bench.started).count == bench.started.count)
            for index in 0..<8 {
                let own = bench.recorded.values.filter {
                    $0.identifier.schedule == "s\(index)" && $0.identifier.attempt == 0
                }
                let decided = own.reduce(0) { $0 + 1 + $1.missedBefore }
                let last = try #require(own.map(\.identifier.due).max())
                // Each due time since the start is one record, or counted by the one after it.
                let interval = try #require(bench.intervals["s\(index)"])
                #expect(decided == Int((last - start).nanoseconds / interval.nanoseconds))
            }
        }
    }
}

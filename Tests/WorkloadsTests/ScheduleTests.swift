import Playbooks
import Records
import Testing
import Workloads

@Suite("The schedule")
struct ScheduleTests {
    let workload = Workload(producers: 4, rate: Rate(perSecond: 400), poison: Ratio(0.1))

    private func offsets(_ schedule: Schedule, producer: Int, count: Int) -> [Int64] {
        (0..<count).compactMap {
            schedule.offset(of: MessageIdentifier(producer: producer, sequence: $0))?.count
        }
    }

    @Test("Each producer sends at even intervals of producers divided by rate")
    func even() {
        let schedule = Schedule(workload: workload, seed: 42)
        #expect(schedule.interval == .milliseconds(10))
        for producer in 0..<4 {
            let times = offsets(schedule, producer: producer, count: 1_000)
            #expect(times.count == 1_000)
            for (earlier, later) in zip(times, times.dropFirst()) {
                #expect(abs(later - earlier - 10_000_000) <= 1)
            }
        }
    }

    @Test("All producers together send what the rate says, each in its own share of an interval")
    func aggregate() {
        let schedule = Schedule(workload: workload, seed: 42)
        let all = (0..<4).flatMap { offsets(schedule, producer: $0, count: 1_000) }
        #expect(all.count { $0 < 1_000_000_000 } == 400)
        for producer in 0..<4 {
            let first = offsets(schedule, producer: producer, count: 1)[0]
            #expect((2_500_000 * Int64(producer)..<2_500_000 * Int64(producer + 1)).contains(first))
        }
    }

    @Test("The producers' messages are as far apart as one producer's, whatever the seed")
    func spacing() {
        for seed in UInt64(0)..<20 {
            let schedule = Schedule(workload: workload, seed: seed)
            let all = (0..<4).flatMap { offsets(schedule, producer: $0, count: 50) }.sorted()
            for (earlier, later) in zip(all, all.dropFirst()) {
                #expect(abs(later - earlier - 2_500_000) <= 1)
            }
        }
    }

    @Test("The same seed gives the same times; another seed others")
    func seeds() {
        let times = offsets(Schedule(workload: workload, seed: 42), producer: 1, count: 10)
        #expect(offsets(Schedule(workload: workload, seed: 42), producer: 1, count: 10) == times)
        #expect(offsets(Schedule(workload: workload, seed: 43), producer: 1, count: 10) != times)
    }

    @Test("A rate of zero, or no producers, plans nothing")
    func nothing() {
        for empty in [
            Workload(producers: 2, rate: Rate(perSecond: 0)),
            Workload(producers: 0, rate: Rate(perSecond: 100)),
        ] {
            let schedule = Schedule(workload: empty, seed: 1)
            #expect(schedule.offset(of: MessageIdentifier(producer: 0, sequence: 0)) == nil)
        }
    }

    @Test("The share of poison is as asked, and known for each message")
    func poison() {
        let schedule = Schedule(workload: workload, seed: 42)
        let messages = (0..<5_000).map { MessageIdentifier(producer: $0 % 4, sequence: $0 / 4) }
        let poisoned = messages.filter(schedule.isPoison)
        #expect((400...600).contains(poisoned.count))
        #expect(messages.filter(Schedule(workload: workload, seed: 42).isPoison) == poisoned)
        var sound = workload
        sound.poison = Ratio(0)
        #expect(!messages.contains(where: Schedule(workload: sound, seed: 42).isPoison))
    }
}

import Records
import Testing

@testable import Systems

@Suite("Redis reaper")
struct RedisReaperTests {
    private static func time(_ nanoseconds: Int64) -> DrillTime {
        DrillTime(nanoseconds: nanoseconds)
    }

    @Test("a delivery lapses once, when it was in work for longer than the lease")
    func lapses() {
        var reaper = RedisReaper(lease: Nanoseconds(10))
        #expect(reaper.lapsed([[1]], now: Self.time(100)) == [])
        #expect(reaper.lapsed([[1], [2]], now: Self.time(110)) == [])
        #expect(reaper.lapsed([[1], [2]], now: Self.time(111)) == [[1]])
        #expect(reaper.lapsed([[2]], now: Self.time(121)) == [[2]])
    }

    @Test("a delivery that was settled is forgotten, and its next one has a whole lease")
    func forgets() {
        var reaper = RedisReaper(lease: Nanoseconds(10))
        #expect(reaper.lapsed([[1]], now: Self.time(100)) == [])
        #expect(reaper.lapsed([], now: Self.time(105)) == [])
        #expect(reaper.lapsed([[1]], now: Self.time(111)) == [])
        #expect(reaper.lapsed([[1]], now: Self.time(122)) == [[1]])
    }
}

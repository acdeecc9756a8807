import Playbooks
import Records

/// The reaper that every reliable list needs: what a lost consumer took goes back to the queue.
extension RedisTestbed {
    /// The most deliveries that are looked at in one round.
    private static let mostInWork = 10_000

    /// Looks at what is in work, ten times in a lease, until it is cancelled.
    func reap() async {
        var reapers: [String: RedisReaper] = [:]
        while !Task.isCancelled {
            try? await Task.sleep(for: max(.milliseconds(20), settings.lease / 10))
            // While the server is down there is nobody to ask; the next round asks again.
            try? await reapOnce(&reapers)
        }
    }

    /// Gives everything in work back to its queue, the oldest to be served first; how many.
    ///
    /// For after a restart, when every connection that was to bring an answer is gone.
    func giveAllBack() async throws -> Int {
        // The newest first, each to the end that is served next.
        let script = """
            local moved = 0
            while redis.call('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT') do moved = moved + 1 end
            return moved
            """
        var moved = 0
        for queue in try await queuesInWork() {
            moved += try await integer("EVAL", script, "2", RedisKeys.inWork(queue), queue)
        }
        return moved
    }

    private func reapOnce(_ reapers: inout [String: RedisReaper]) async throws {
        let queues = try await queuesInWork()
        reapers = reapers.filter { queues.contains($0.key) }
        for queue in queues {
            let key = RedisKeys.inWork(queue)
            let answer = try await ask("LRANGE", key, "0", "\(Self.mostInWork - 1)")
            guard case .array(let values) = answer else { throw unexpected("LRANGE", answer) }
            let bodies = values.compactMap { value -> [UInt8]? in
                guard case .bulk(let body) = value else { return nil }
                return body
            }
            let fresh = RedisReaper(lease: Nanoseconds(settings.lease))
            let lapsed = reapers[queue, default: fresh].lapsed(bodies, now: environment.now())
            for body in lapsed { try await giveBack(body, queue: queue) }
        }
    }

    private func giveBack(_ body: [UInt8], queue: String) async throws {
        let script = """
            if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
            return redis.call('RPUSH', KEYS[2], ARGV[1])
            """
        let words = ["EVAL", script, "2", RedisKeys.inWork(queue), queue]
        _ = try await ask(words.map { Array($0.utf8) } + [body])
    }

    private func queuesInWork() async throws -> [String] {
        let suffix = RedisKeys.inWork("")
        let answer = try await ask("KEYS", "*" + suffix)
        guard case .array(let keys) = answer else { throw unexpected("KEYS", answer) }
        return keys.compactMap { key in
            guard case .bulk(let name) = key else { return nil }
            return String(String(decoding: name, as: UTF8.self).dropLast(suffix.count))
        }
    }
}

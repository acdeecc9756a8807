import Synchronization

/// Commands of the testbed itself, around the proxy.
extension RedisTestbed {
    func ask(_ arguments: String...) async throws -> RESPValue {
        try await ask(arguments.map { Array($0.utf8) })
    }

    func ask(
        _ arguments: [[UInt8]], within deadline: Duration = .seconds(10)
    ) async throws -> RESPValue {
        let name = String(decoding: arguments.first ?? [], as: UTF8.self)
        guard let control = state.withLock(\.control) else { throw notRunning(name) }
        switch await control.send(arguments, deadline: deadline) {
        case .success(.error(let code, let message)):
            throw SystemError(attempt: "ask redis for \(name)", reason: "\(code) \(message)")
        case .success(let value): return value
        case .failure(let failure):
            throw SystemError(attempt: "ask redis for \(name)", reason: failure.description)
        }
    }

    /// TIME answers the server's wall clock in seconds and microseconds; it shows no other clock.
    func clock(of node: String) async throws -> NodeClock {
        try check(node)
        let answer = try await ask([Array("TIME".utf8)], within: .seconds(1))
        guard case .array(let parts) = answer, parts.count == 2,
            let numbers = Optional(parts.compactMap(\.number)), numbers.count == 2
        else { throw unexpected("TIME", answer) }
        return NodeClock(wall: numbers[0] * 1_000_000_000 + numbers[1] * 1000)
    }

    func integer(_ arguments: String...) async throws -> Int {
        let answer = try await ask(arguments.map { Array($0.utf8) })
        guard case .integer(let number) = answer else { throw unexpected(arguments[0], answer) }
        return Int(number)
    }

    func unexpected(_ command: String, _ value: RESPValue) -> SystemError {
        SystemError(attempt: "ask redis for \(command)", reason: "it answered \(value)")
    }

    func notRunning(_ attempt: String) -> SystemError {
        SystemError(attempt: attempt, reason: "the testbed is not running")
    }
}

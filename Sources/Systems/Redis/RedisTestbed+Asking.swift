import Synchronization

/// Commands of the testbed itself, around the proxy.
extension RedisTestbed {
    func ask(_ arguments: String...) async throws -> RESPValue {
        try await ask(arguments.map { Array($0.utf8) })
    }

    func ask(_ arguments: [[UInt8]]) async throws -> RESPValue {
        let name = String(decoding: arguments.first ?? [], as: UTF8.self)
        guard let control = state.withLock(\.control) else { throw notRunning(name) }
        switch await control.send(arguments, deadline: .seconds(10)) {
        case .success(.error(let code, let message)):
            throw SystemError(attempt: "ask redis for \(name)", reason: "\(code) \(message)")
        case .success(let value): return value
        case .failure(let failure):
            throw SystemError(attempt: "ask redis for \(name)", reason: failure.description)
        }
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

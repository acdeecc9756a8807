extension ServiceProcess {
    /// Asks every 20 ms until `isReady` says so; throws when the process ends first, or `deadline`
    /// passes.
    func waitUntilReady(within deadline: Duration, isReady: () async -> Bool) async throws {
        let end = ContinuousClock.now + deadline
        while true {
            if await isReady() { return }
            guard identity != nil else {
                throw SystemError(
                    attempt: "start \(name)", reason: "it ended at once: \(logTail())",
                    remedy: "see \(logPath)")
            }
            guard ContinuousClock.now < end else {
                throw SystemError(
                    attempt: "start \(name)",
                    reason: "it was not ready after \(deadline): \(logTail())",
                    remedy: "see \(logPath)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

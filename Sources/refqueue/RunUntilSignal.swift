import Glibc
import Logging
import ServiceLifecycle
import UnixSignals

/// Runs a service until it ends or SIGTERM or SIGINT asks it to end in order.
func runUntilSignal(
    logger: Logger, _ body: @escaping @Sendable () async throws -> Void
) async throws {
    // A peer that goes away must be an error of a write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    raiseDescriptorLimit()
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .error)
    let group = ServiceGroup(
        services: [ClosureService(body: body)],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
    try await group.run()
}

/// Lets the process have as many connections as it may; see getrlimit(2).
private func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// A service made of one function.
private struct ClosureService: Service {
    let body: @Sendable () async throws -> Void

    func run() async throws { try await body() }
}

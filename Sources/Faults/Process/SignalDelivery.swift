import Kernel

/// What became of a signal that a process need not end by.
enum SignalDelivery: Sendable, Equatable {
    /// The process ended, so many nanoseconds after it was sent.
    case ended(after: Int64)
    /// The process took it, and runs on.
    case taken(after: Int64)
    /// The process holds it back, and it still waits.
    case waiting
    /// The kernel threw it away, as the process wants it.
    case ignored
    /// Nobody could see what became of it.
    case unseen

    /// Whether the process met the signal at all.
    var isDelivered: Bool {
        switch self {
        case .ended, .taken: true
        case .waiting, .ignored, .unseen: false
        }
    }

    /// `it took SIGHUP and runs on`.
    func text(_ signal: KillSignal) -> String {
        switch self {
        case .ended(let time):
            "it ended \(DurationText(nanoseconds: Double(time))) after \(signal.name)"
        case .taken(let time):
            "it took \(signal.name) within \(DurationText(nanoseconds: Double(time))), and runs on"
        case .waiting: "it has not taken \(signal.name), which still waits"
        case .ignored: "it ignores \(signal.name)"
        case .unseen: "nobody could see what became of \(signal.name)"
        }
    }

    /// How a process that takes a signal is told from one that merely goes on until it ends by it.
    private static let grace = Duration.milliseconds(300)

    /// Follows a signal that was sent to a process.
    ///
    /// - Parameter before: What the process did with signals before; nil when it could not be seen.
    static func follow(
        _ signal: KillSignal, to handle: ProcessHandle, sentAt: Int64, before: SignalState?,
        context: FaultContext
    ) async -> SignalDelivery {
        var takenAt: Int64?
        _ = await context.wait(atMost: signal.patience, every: .milliseconds(2)) {
            guard let state = SignalState(of: handle.identity) else { return true }
            guard !state.pending.contains(signal.number) else { return false }
            takenAt = MonotonicClock.now
            return true
        }
        // Before its end it may have much to do: a process of gigabytes frees or dumps them first.
        let mustEnd = before.map(signal.ends) ?? false
        if await handle.waitForExit(
            atMost: takenAt == nil ? .zero : mustEnd ? signal.patience : grace)
        {
            return .ended(after: MonotonicClock.now - sentAt)
        }
        guard let before, !mustEnd else { return .unseen }
        let isIgnored =
            before.ignored.contains(signal.number)
            || signal.effect == .nothing && !before.caught.contains(signal.number)
        if isIgnored { return .ignored }
        return takenAt.map { .taken(after: $0 - sentAt) } ?? .waiting
    }
}

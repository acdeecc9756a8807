import Dispatch
import Glibc

/// Turns the signals that ask a drill to end into a call, as often as they come.
final class SignalWatch {
    private let sources: [any DispatchSourceSignal]

    /// Watches SIGINT, SIGTERM, SIGHUP (a lost terminal) and SIGQUIT; ignores SIGPIPE.
    init(_ handler: @escaping @Sendable (String) -> Void) {
        signal(SIGPIPE, SIG_IGN)
        let names = [
            (SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP"), (SIGQUIT, "SIGQUIT"),
        ]
        let queue = DispatchQueue(label: "firedrill.signals")
        sources = names.map { number, name in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { handler(name) }
            source.resume()
            return source
        }
    }

    func cancel() {
        for source in sources { source.cancel() }
    }
}

import Glibc
import Kernel

/// A signal that a fault may send: every one that Linux has (signal(7)).
struct KillSignal: Sendable, Equatable {
    /// What a signal does to a process that has no handler for it.
    enum Effect: Sendable {
        case ends, stops, nothing
    }

    /// `KILL`, without the prefix.
    let rawValue: String
    let number: Int32

    static let KILL = KillSignal(rawValue: "KILL", number: SIGKILL)
    static let STOP = KillSignal(rawValue: "STOP", number: SIGSTOP)

    /// Every signal by its name; real-time ones as kill(1) calls them.
    static let all: [KillSignal] =
        [
            ("KILL", SIGKILL), ("TERM", SIGTERM), ("INT", SIGINT), ("QUIT", SIGQUIT),
            ("ABRT", SIGABRT), ("SEGV", SIGSEGV), ("STOP", SIGSTOP), ("HUP", SIGHUP),
            ("ILL", SIGILL), ("TRAP", SIGTRAP), ("BUS", SIGBUS), ("FPE", SIGFPE),
            ("USR1", SIGUSR1), ("USR2", SIGUSR2), ("PIPE", SIGPIPE), ("ALRM", SIGALRM),
            ("STKFLT", 16), ("CHLD", SIGCHLD), ("CONT", SIGCONT), ("TSTP", SIGTSTP),
            ("TTIN", SIGTTIN), ("TTOU", SIGTTOU), ("URG", SIGURG), ("XCPU", SIGXCPU),
            ("XFSZ", SIGXFSZ), ("VTALRM", SIGVTALRM), ("PROF", SIGPROF), ("WINCH", SIGWINCH),
            ("IO", 29), ("POLL", 29), ("PWR", 30), ("SYS", SIGSYS),
        ].map { KillSignal(rawValue: $0, number: $1) } + realTime

    /// glibc keeps 32 and 33 for itself; names count from the nearer end.
    private static let realTime: [KillSignal] = (34...64).map { number in
        let name =
            switch number {
            case 34: "RTMIN"
            case 64: "RTMAX"
            case 35...49: "RTMIN+\(number - 34)"
            default: "RTMAX-\(64 - number)"
            }
        return KillSignal(rawValue: name, number: Int32(number))
    }

    /// What a playbook may write: each name without and with its prefix.
    static var words: [String] { all.map(\.rawValue) + all.map(\.name) }

    init(rawValue: String, number: Int32) {
        self.rawValue = rawValue
        self.number = number
    }

    /// Reads `TERM` or `SIGTERM`; nil for other words.
    init?(_ word: String) {
        guard let signal = Self.all.first(where: { $0.rawValue == word || $0.name == word })
        else { return nil }
        self = signal
    }

    /// `SIGKILL`.
    var name: String { "SIG\(rawValue)" }

    /// What it does where the process does not say otherwise.
    var effect: Effect {
        switch number {
        case SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU: .stops
        case SIGCHLD, SIGCONT, SIGURG, SIGWINCH: .nothing
        default: .ends
        }
    }

    /// Whether a process that it ends leaves a core file by default.
    var dumpsCore: Bool {
        [
            SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS,
        ].contains(number)
    }

    /// Whether it certainly ends a process that does this with signals.
    func ends(_ state: SignalState) -> Bool {
        guard number != SIGKILL else { return true }
        return effect == .ends && !state.caught.contains(number)
            && !state.ignored.contains(number) && !state.blocked.contains(number)
    }

    /// Whether the process has to end for the fault to have had its effect.
    ///
    /// These are sent to end a process. Others may be a word to it, such as to read its
    /// configuration again, that it takes and runs on.
    var mustEnd: Bool {
        [SIGKILL, SIGTERM, SIGINT, SIGQUIT, SIGABRT, SIGSEGV].contains(number)
    }

    /// How long a process may take to end, or to take the signal, before it counts as without
    /// effect.
    var patience: Duration {
        if number == SIGKILL { return .seconds(5) }
        return mustEnd ? .seconds(15) : .seconds(3)
    }
}

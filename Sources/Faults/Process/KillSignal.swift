import Glibc

/// The signals that a fault may send.
enum KillSignal: String, CaseIterable {
    case KILL, TERM, INT, QUIT, ABRT, SEGV, STOP

    var number: Int32 {
        switch self {
        case .KILL: SIGKILL
        case .TERM: SIGTERM
        case .INT: SIGINT
        case .QUIT: SIGQUIT
        case .ABRT: SIGABRT
        case .SEGV: SIGSEGV
        case .STOP: SIGSTOP
        }
    }

    /// `SIGKILL`.
    var name: String { "SIG\(rawValue)" }

    /// How long a process may take to end before the signal counts as without effect.
    var patience: Duration {
        switch self {
        case .KILL: .seconds(5)
        default: .seconds(15)
        }
    }
}

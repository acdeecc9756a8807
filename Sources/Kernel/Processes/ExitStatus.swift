/// How a child ended (wait(2)).
public enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    /// It called exit, with this code.
    case exited(Int32)
    /// A signal with this number ended it.
    case signaled(Int32)
    /// It outlived SIGKILL by the bound of the wait: it hangs inside the kernel.
    case unresponsive

    public var description: String {
        switch self {
        case .exited(let code): "exit \(code)"
        case .signaled(let signal): "signal \(signal)"
        case .unresponsive: "still there after SIGKILL"
        }
    }
}

import CLinux
import Glibc

/// What a child that runs no program of its own does until it is killed.
public enum LoadKind: Sendable, Equatable {
    /// Keeps one processor busy for this share of the time, at most 1.
    case processor(share: Double)
    /// Keeps so many bytes of memory in use, and is the first to go when memory runs out.
    case memory(bytes: UInt64)
}

extension ChildProcess {
    /// Starts a child that loads the host, in its own session, and dies with this process.
    ///
    /// Its memory is a copy of this process's that neither writes to.
    public static func spawn(_ load: LoadKind) throws(KernelError) -> ChildProcess {
        let quiet = try Descriptor.open("/dev/null", flags: O_RDWR)
        var options = Options(
            executable: "a load", workingDirectory: "/", standardOutput: quiet.number,
            standardError: quiet.number)
        options.load = load
        return try spawn(options)
    }
}

extension LoadKind {
    /// What the spawner is told; nothing for a child that executes a program.
    static func request(_ load: LoadKind?) -> (kind: Int32, amount: UInt64) {
        switch load {
        case nil: (Int32(CLINUX_LOAD_NONE.rawValue), 0)
        case .processor(let share):
            (Int32(CLINUX_LOAD_PROCESSOR.rawValue), UInt64(min(1, max(0, share)) * 1e6))
        case .memory(let bytes): (Int32(CLINUX_LOAD_MEMORY.rawValue), bytes)
        }
    }
}

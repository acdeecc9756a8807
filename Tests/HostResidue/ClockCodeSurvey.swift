import Glibc
import Kernel

/// The code by which processes read the clock, which the kernel maps into each of them (vdso(7)).
struct ClockCodeSurvey {
    /// What this process has, as it has come from the kernel.
    private let own: [UInt8]?

    init() { own = Self.code(of: getpid()) }

    /// How a process's code differs from the kernel's; nil when it does not, or there is none.
    ///
    /// A program of another word length has other code, of which nothing can be said.
    func difference(of pid: Int32) -> String? {
        guard let own, let code = Self.code(of: pid), code.prefix(5) == own.prefix(5) else {
            return nil
        }
        guard code != own else { return nil }
        let count = zip(code, own).count { $0 != $1 } + abs(code.count - own.count)
        return "\(count) bytes are not the kernel's"
    }

    private static func code(of pid: Int32) -> [UInt8]? {
        // proc_pid_maps(5): 7ffd…-7ffd… r-xp 00000000 00:00 0 [vdso]
        guard
            let line = TextFile.lines("/proc/\(pid)/maps").first(where: { $0.hasSuffix("[vdso]") })
        else { return nil }
        let range = line.prefix { $0 != " " }.split(separator: "-")
        guard range.count == 2, let start = Int(range[0], radix: 16),
            let end = Int(range[1], radix: 16),
            let memory = try? Descriptor.open("/proc/\(pid)/mem", flags: O_RDONLY),
            let bytes = try? memory.readAll(from: start, limit: end - start)
        else { return nil }
        return Array(bytes.prefix(end - start))
    }
}

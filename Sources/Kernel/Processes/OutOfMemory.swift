import CLinux
import Glibc

/// What the kernel does when memory runs out.
public enum OutOfMemory {
    /// Asks to be killed last (`oom_score_adj`, proc(5)) and not to be paged out (mlockall(2)).
    ///
    /// Best effort: both need root.
    public static func spareThisProcess() {
        if let file = try? Descriptor.open("/proc/self/oom_score_adj", flags: O_WRONLY) {
            let text = Array("-1000".utf8)
            _ = write(file.number, text, text.count)
        }
        _ = clinux_lock_memory()
    }
}

import CLinux
import Glibc

/// Signals as descriptors.
public enum Signals {
    /// Blocks SIGTERM in this thread and returns a descriptor that it makes readable (signalfd(2)).
    public static func terminateDescriptor() throws(KernelError) -> Descriptor {
        let number = clinux_terminate_descriptor()
        guard number >= 0 else {
            throw KernelError(call: "signalfd", object: "SIGTERM", reason: .errno(errno))
        }
        return Descriptor(number)
    }
}

import Glibc

/// The network namespace of the calling thread (network_namespaces(7)).
public enum NetworkNamespace {
    /// Its name as `/proc/PID/ns/net` gives it, `net:[4026531840]`; empty without `/proc`.
    public static var current: String {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/thread-self/ns/net", &buffer, buffer.count)
        guard count > 0 else { return "" }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

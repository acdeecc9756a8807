/// How far this host's clock and timers can be trusted.
public enum HostClock {
    /// Whether the processor is emulated by qemu (TCG), under which timers come late by milliseconds.
    public static let isEmulated =
        SmallFile.text("/proc/cpuinfo").map(isEmulated(processors:)) ?? false

    /// Reads the model names of `/proc/cpuinfo` (proc(5)).
    static func isEmulated(processors: String) -> Bool {
        processors.split(separator: "\n").contains {
            $0.hasPrefix("model name") && $0.contains("QEMU TCG")
        }
    }
}

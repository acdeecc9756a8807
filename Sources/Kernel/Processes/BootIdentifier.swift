/// Which boot of the machine this is.
public enum BootIdentifier {
    /// `/proc/sys/kernel/random/boot_id` (random(4)), or an empty text where it cannot be read.
    public static var current: String {
        SmallFile.text("/proc/sys/kernel/random/boot_id")?.split(separator: "\n").first.map(
            String.init) ?? ""
    }
}

import Glibc

/// Makes the names of drills: the time in UTC, the playbook, and six random hexadecimal digits.
enum DrillIdentifier {
    /// Makes an identifier such as `20261121T101500Z-primary-kill-4f2a91`.
    ///
    /// - Parameter seconds: since 1970.
    static func make(playbook: String, at seconds: Int64, random: UInt32) -> String {
        var seconds = time_t(seconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let day = pad(parts.tm_year + 1900, 4) + pad(parts.tm_mon + 1, 2) + pad(parts.tm_mday, 2)
        let time = pad(parts.tm_hour, 2) + pad(parts.tm_min, 2) + pad(parts.tm_sec, 2)
        let suffix = String(random & 0xff_ffff, radix: 16)
        return "\(day)T\(time)Z-\(playbook)-"
            + String(repeating: "0", count: 6 - suffix.count) + suffix
    }

    private static func pad(_ value: Int32, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

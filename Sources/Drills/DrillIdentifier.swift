import FoundationEssentials

/// Makes the names of drills: the time in UTC, the playbook, and six random hexadecimal digits.
enum DrillIdentifier {
    /// Makes an identifier such as `20261121T101500Z-primary-kill-4f2a91`.
    static func make(playbook: String, at date: Date, random: UInt32) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents(
            [.year, .month, .day, .hour, .minute, .second], from: date)
        let day = pad(parts.year, 4) + pad(parts.month, 2) + pad(parts.day, 2)
        let time = pad(parts.hour, 2) + pad(parts.minute, 2) + pad(parts.second, 2)
        let suffix = String(random & 0xff_ffff, radix: 16)
        return "\(day)T\(time)Z-\(playbook)-"
            + String(repeating: "0", count: 6 - suffix.count) + suffix
    }

    private static func pad(_ value: Int?, _ width: Int) -> String {
        let digits = String(value ?? 0)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

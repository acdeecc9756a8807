import Playbooks
import Records

/// How full a disk is to be; pure.
enum FillGoal: Sendable, Equatable {
    /// Leave this many bytes available.
    case leave(Int64)
    /// Fill until this share of the whole is in use.
    case share(Double)
    /// Take this many bytes.
    case size(Int64)

    /// How large the ballast must be, when it holds `held` bytes now and `space` is what is seen.
    func ballast(held: Int64, space: DiskSpace) -> Int64 {
        switch self {
        case .leave(let bytes): max(0, held + space.available - bytes)
        case .share(let fraction):
            max(0, held + space.available - Self.rest(of: space.total, fraction))
        case .size(let bytes): bytes
        }
    }

    /// Whether what is seen is what was asked, within a block.
    func isMet(held: Int64, space: DiskSpace) -> Bool {
        switch self {
        case .leave(let bytes): space.available <= bytes + space.block
        case .share(let fraction):
            space.available <= Self.rest(of: space.total, fraction) + space.block
        case .size(let bytes): held + space.block > bytes
        }
    }

    private static func rest(of total: Int64, _ fraction: Double) -> Int64 {
        Int64((Double(total) * (1 - fraction)).rounded())
    }

    var requested: Figure {
        switch self {
        case .leave(let bytes): Figure("left free", Double(bytes), .bytes)
        case .share(let fraction): Figure("in use", fraction, .ratio)
        case .size(let bytes): Figure("ballast", Double(bytes), .bytes)
        }
    }

    /// The requested quantity as it is seen.
    func achieved(held: Int64, space: DiskSpace) -> Figure {
        switch self {
        case .leave: Figure("left free", Double(space.available), .bytes)
        case .share:
            Figure(
                "in use", 1 - Double(space.available) / Double(max(1, space.total)), .ratio)
        case .size: Figure("ballast", Double(held), .bytes)
        }
    }

    var description: String {
        switch self {
        case .leave(let bytes): "leave \(bytes) bytes"
        case .share(let fraction): "fill to \((fraction * 1000).rounded() / 10) %"
        case .size(let bytes): "take \(bytes) bytes"
        }
    }
}

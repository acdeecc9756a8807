import Glibc

/// Where the running program's file is, and those that were installed beside it.
public enum OwnProgram {
    /// The directory of the running executable; nil when nobody knows.
    ///
    /// To be asked for before the mount namespace is left: of a namespace that has ended the kernel
    /// no longer knows where its mounts were. The first answer is kept.
    public static let directory: String? = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
        guard length > 0 else { return nil }
        let path = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) }
    }()

    /// The path of a program in the same directory; its bare name when nobody knows the directory.
    public static func beside(_ name: String) -> String {
        directory.map { "\($0)/\(name)" } ?? name
    }
}

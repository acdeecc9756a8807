import Glibc

/// The programs that were installed beside this one.
enum Programs {
    /// The path of a program in the directory of the running executable, or in the one that
    /// `FIREDRILL_PROGRAMS` names when it is not there.
    static func beside(_ name: String) -> String {
        let path = ownDirectory.map { $0 + name } ?? name
        guard access(path, X_OK) != 0, let directory = getenv("FIREDRILL_PROGRAMS") else {
            return path
        }
        return String(cString: directory) + "/" + name
    }

    /// Where the running executable is, with a slash at the end; nil when nobody knows.
    ///
    /// To be asked for before the mount namespace is left: of a namespace that has ended the kernel
    /// no longer knows where its mounts were.
    static let ownDirectory: String? = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
        guard length > 0 else { return nil }
        let path = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[...$0]) }
    }()
}

import Glibc

/// The programs that were installed beside this one.
enum Programs {
    /// The path of a program in the directory of the running executable, or in the one that
    /// `FIREDRILL_PROGRAMS` names when it is not there.
    static func beside(_ name: String) -> String {
        let path = besideExecutable(name)
        guard access(path, X_OK) != 0, let directory = getenv("FIREDRILL_PROGRAMS") else {
            return path
        }
        return String(cString: directory) + "/" + name
    }

    private static func besideExecutable(_ name: String) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
        guard length > 0 else { return name }
        let path = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = path.lastIndex(of: "/") else { return name }
        return path[...slash] + name
    }
}

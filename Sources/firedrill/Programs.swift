import Glibc
import Kernel

/// The programs that were installed beside this one.
enum Programs {
    /// The path of a program in the directory of the running executable, or in the one that
    /// `FIREDRILL_PROGRAMS` names when it is not there.
    static func beside(_ name: String) -> String {
        let path = OwnProgram.beside(name)
        guard access(path, X_OK) != 0, let directory = getenv("FIREDRILL_PROGRAMS") else {
            return path
        }
        return String(cString: directory) + "/" + name
    }
}

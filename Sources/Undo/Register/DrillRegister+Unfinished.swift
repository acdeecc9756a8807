import Glibc
import Kernel

extension DrillRegister {
    /// How long nobody touches what another process is about to rename, in seconds.
    ///
    /// In another process namespace the same number means another process, which may live.
    private static let untouched = 60

    /// What an entry is called until it is complete.
    static func unfinishedName(of drill: String) -> String {
        ".\(prefix)\(drill)\(suffix).\(getpid())"
    }

    /// Removes what drills left that were killed while they wrote, as far as this user may.
    func sweepUnfinished() {
        let user = geteuid()
        for directory in directories {
            for name in Descriptor.names(in: directory) {
                let parts = name.split(separator: ".", omittingEmptySubsequences: false)
                guard name.hasPrefix(".\(Self.prefix)"), let last = parts.last,
                    name.hasSuffix("\(Self.suffix).\(last)"), let writer = Int32(last),
                    ProcessTable.identity(of: writer) == nil
                else { continue }
                let path = "\(directory)/\(name)"
                var status = stat()
                guard lstat(path, &status) == 0, user == 0 || status.st_uid == user,
                    status.st_mtim.tv_sec < time(nil) - Self.untouched
                else { continue }
                unlink(path)
            }
        }
    }
}

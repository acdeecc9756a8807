import Glibc

extension ProcessTable {
    /// The processes with a descriptor of this nameless file, as far as this user may see descriptors.
    ///
    /// A file with a name is another one: numbers of devices and inodes are given anew. Walks
    /// `/proc/PID/fd` of every process: some ten milliseconds on a busy host. Only what the kernel
    /// calls deleted is asked for its numbers, which takes an answer of the file system that it is in.
    public static func holders(ofDevice device: UInt64, inode: UInt64) -> [ProcessIdentity] {
        all().filter { process in
            (descriptors(of: process.pid) ?? []).contains {
                let link = "/proc/\(process.pid)/fd/\($0)"
                return isNameless(link) && leads(link, to: device, inode, names: 0)
            }
        }
    }

    /// The processes whose working directory is this very one, as far as this user may see it.
    public static func workers(inDevice device: UInt64, inode: UInt64) -> [ProcessIdentity] {
        all().filter { leads("/proc/\($0.pid)/cwd", to: device, inode) }
    }

    /// The processes, one a thread, that trace a thread of this process; empty when it has ended.
    ///
    /// The kernel names the tracing thread (`TracerPid`, proc(5)); the answer has its process.
    public static func tracers(of identity: ProcessIdentity) -> [ProcessIdentity] {
        guard self.identity(of: identity.pid) == identity else { return [] }
        let numbers = threads(of: identity.pid).compactMap {
            number("TracerPid:", in: "/proc/\(identity.pid)/task/\($0)/status")
        }
        return Set(numbers.filter { $0 > 0 }).sorted().compactMap { thread in
            number("Tgid:", in: "/proc/\(thread)/status").flatMap { self.identity(of: $0) }
        }
    }

    /// Whether a descriptor is of a file without a name, by the text of its link alone (proc(5)).
    private static func isNameless(_ link: String) -> Bool {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink(link, &buffer, Int(PATH_MAX))
        return length > 0 && buffer[..<length].suffix(deleted.count).elementsEqual(deleted)
    }

    private static let deleted = " (deleted)".utf8.map { CChar($0) }

    private static func leads(_ link: String, to device: UInt64, _ inode: UInt64, names: Int? = nil)
        -> Bool
    {
        var status = stat()
        return stat(link, &status) == 0 && UInt64(status.st_ino) == inode
            && UInt64(status.st_dev) == device
            && names.map { $0 == Int(status.st_nlink) } ?? true
    }

    private static func number(_ field: String, in path: String) -> Int32? {
        SmallFile.text(path)?.split(separator: "\n").first { $0.hasPrefix(field) }
            .flatMap { Int32($0.dropFirst(field.count).filter { $0 != " " && $0 != "\t" }) }
    }
}

import Glibc

/// A walk from `/` to a directory that proves on its way who could lead the path elsewhere.
///
/// Whoever owns a directory, or may write to it, can put a symbolic link in the place of what lies in
/// it; in one with the sticky bit only in the place of what is their own.
public struct TrustedPath: Sendable {
    /// As many symbolic links as the kernel follows (path_resolution(7)).
    private static let mostLinks = 40

    /// Who may: root, this user, and whoever else this user does the work of.
    public let users: Set<UInt32>

    /// Who calls this process by sudo(8), and is trusted as the root that they have made it.
    public static var caller: Set<UInt32> {
        guard geteuid() == 0, let text = getenv("SUDO_UID"),
            let user = UInt32(String(cString: text))
        else { return [] }
        return [user]
    }

    /// - Parameter others: users beside root, this process's and the owner of `/`, who could do
    ///   what they like here anyway.
    public init(trusting others: Set<UInt32> = []) {
        users = others.union([0, geteuid()]).union(FileStatus.of("/").map { [$0.owner] } ?? [])
    }

    /// Opens a directory when nobody else can put another one in its place; makes it when it is missing.
    ///
    /// Throws with the reason `refused` and what to do when somebody else can, or when it is a
    /// symbolic link itself; those before its end are followed where only trusted users can make them.
    public func openDirectory(_ path: String) throws(KernelError) -> HeldDirectory {
        try walk(path, making: .last)
    }

    /// Opens the directory in which a path ends, as ``openDirectory(_:)`` does, and makes every one on
    /// the way that is missing; it may be a symbolic link that only trusted users can make.
    ///
    /// Returns it with the last part of the path, which is left for the caller to look at.
    public func openParent(of path: String) throws(KernelError) -> (HeldDirectory, name: String) {
        let names = Self.names(in: try Self.absolute(path))
        guard let name = names.first, name != ".." else {
            throw KernelError(call: "open", object: path, reason: .refused("it names no directory"))
        }
        return (
            try walk("/" + names.dropFirst().reversed().joined(separator: "/"), making: .all), name
        )
    }

    /// What of a path is made where it is missing.
    private enum Making {
        case last
        case all
    }

    private func walk(_ path: String, making: Making) throws(KernelError) -> HeldDirectory {
        var waiting = Self.names(in: try Self.absolute(path))
        var current = try HeldDirectory(at: "/")
        var links = 0
        while let name = waiting.popLast() {
            try examine(current)
            var status = stat()
            if fstatat(current.descriptor.number, name, &status, AT_SYMLINK_NOFOLLOW) != 0 {
                guard errno == ENOENT, waiting.isEmpty || making == .all else {
                    throw failure(current, name)
                }
                current = try make(name, in: current)
            } else if status.st_mode & S_IFMT == S_IFLNK {
                guard !waiting.isEmpty || making == .all else {
                    throw refusal(
                        Self.join(current, name), "it is a symbolic link",
                        "name the directory that it leads to")
                }
                links += 1
                guard links <= Self.mostLinks else { throw failure(current, name, ELOOP) }
                guard users.contains(status.st_uid) else {
                    throw refusal(
                        Self.join(current, name),
                        "it is a symbolic link of \(Self.name(of: status.st_uid))",
                        "name the directory that it leads to")
                }
                let target = try Self.target(of: name, in: current)
                if target.hasPrefix("/") { current = try HeldDirectory(at: "/") }
                waiting += Self.names(in: target)
            } else {
                current = HeldDirectory(
                    try Descriptor.open(
                        name, below: current.descriptor, flags: O_PATH_ONLY | O_DIRECTORY),
                    path: Self.join(current, name))
            }
        }
        try examine(current)
        // The descriptors of the walk need no right to read, but cannot be synced.
        let found = try Descriptor.open(
            ".", below: current.descriptor, flags: O_RDONLY | O_DIRECTORY)
        return HeldDirectory(found, path: path)
    }

    /// Throws when somebody else can put something else in the place of what lies in a directory.
    private func examine(_ directory: HeldDirectory) throws(KernelError) {
        var status = stat()
        guard fstat(directory.descriptor.number, &status) == 0 else {
            throw failure(directory, ".")
        }
        guard users.contains(status.st_uid) else {
            throw refusal(
                directory.path, "it belongs to \(Self.name(of: status.st_uid))",
                "use a directory of your own")
        }
        // Of what lies there others can only replace what is theirs, and that is looked at next.
        guard status.st_mode & S_ISVTX == 0 else { return }
        if status.st_mode & S_IWOTH != 0 {
            throw refusal(
                directory.path, "everybody may write to it", "chmod o-w \(directory.path)")
        }
        if status.st_mode & S_IWGRP != 0, !users.contains(where: { $0.isAlone(in: status.st_gid) })
        {
            throw refusal(
                directory.path, "the group \(status.st_gid) may write to it",
                "chmod g-w \(directory.path)")
        }
    }

    private func make(_ name: String, in parent: HeldDirectory) throws(KernelError)
        -> HeldDirectory
    {
        do throws(KernelError) {
            return try parent.makeDirectory(name)
        } catch  where error.number == EEXIST {
            // Two drills that begin at once both make it.
            return try parent.directory(name)
        }
    }

    private func refusal(_ path: String, _ reason: String, _ remedy: String) -> KernelError {
        KernelError(
            call: "open", object: path,
            reason: .refused("\(reason): who may replace it could have other files overwritten"),
            remedy: remedy)
    }

    private func failure(
        _ directory: HeldDirectory, _ name: String, _ number: Int32 = errno
    ) -> KernelError {
        KernelError(
            call: "openat", object: Self.join(directory, name), reason: .errno(number))
    }

    private static func absolute(_ path: String) throws(KernelError) -> String {
        if path.hasPrefix("/") { return path }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard let directory = getcwd(&buffer, buffer.count) else {
            throw KernelError(call: "getcwd", object: path, reason: .errno(errno))
        }
        return "\(String(cString: directory))/\(path)"
    }

    /// The parts of a path, the last one first.
    private static func names(in path: String) -> [String] {
        path.split(separator: "/").reversed().map(String.init).filter { $0 != "." }
    }

    private static func target(
        of name: String, in directory: HeldDirectory
    ) throws(KernelError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(directory.descriptor.number, name, &buffer, buffer.count)
        guard count >= 0 else {
            throw KernelError(
                call: "readlinkat", object: join(directory, name), reason: .errno(errno))
        }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func join(_ directory: HeldDirectory, _ name: String) -> String {
        directory.path == "/" ? "/\(name)" : directory.file(name)
    }

    private static func name(of user: UInt32) -> String {
        UserEntry(number: user).map { "\($0.name) (user \(user))" } ?? "user \(user)"
    }
}

extension UInt32 {
    /// Whether a group is this user's own, with nobody else in it, as Debian makes one for each user.
    fileprivate func isAlone(in group: UInt32) -> Bool {
        guard let user = UserEntry(number: self), user.group == group,
            let entry = GroupEntry(number: group)
        else { return false }
        return entry.name == user.name && entry.members.allSatisfy { $0 == user.name }
    }
}

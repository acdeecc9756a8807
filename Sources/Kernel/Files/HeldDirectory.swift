import Glibc

/// A directory held by a descriptor: what is made in it comes there, whatever its path leads to now.
public final class HeldDirectory: Sendable {
    /// The path by which it was found, for messages.
    public let path: String
    /// The directory itself, for openat(2) and its like.
    public let descriptor: Descriptor

    init(_ descriptor: Descriptor, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Opens a directory by its path, a symbolic link at its end not followed.
    public init(at path: String) throws(KernelError) {
        descriptor = try .open(path, flags: O_RDONLY | O_DIRECTORY)
        self.path = path
    }

    /// The path of what lies in it under a name, for messages.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Where it lies now, whoever has moved it since; nil when it has been removed.
    public var place: String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/fd/\(descriptor.number)", &buffer, buffer.count)
        guard count > 0, (try? descriptor.status())?.links ?? 0 > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The names in it, without `.` and `..`.
    public var names: [String] { namesInDirectory("/proc/self/fd/\(descriptor.number)") }

    /// Makes a directory in it that only its owner may enter; throws EEXIST when the name is taken.
    public func makeDirectory(_ name: String) throws(KernelError) -> HeldDirectory {
        guard mkdirat(descriptor.number, name, 0o700) == 0 else { throw failure("mkdirat", name) }
        return try directory(name)
    }

    /// Opens a directory in it; throws ENOTDIR or ELOOP when the name is a symbolic link's.
    public func directory(_ name: String) throws(KernelError) -> HeldDirectory {
        let found = try Descriptor.open(name, below: descriptor, flags: O_RDONLY | O_DIRECTORY)
        return HeldDirectory(found, path: file(name))
    }

    /// Makes a file in it that only its owner may read; throws EEXIST when the name is taken.
    ///
    /// - Parameter flags: as in open(2); O_CREAT, O_EXCL, O_CLOEXEC and O_NOFOLLOW are added.
    public func create(_ name: String, flags: Int32) throws(KernelError) -> Descriptor {
        let number = openat(
            descriptor.number, name, flags | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw failure("openat", name) }
        return Descriptor(number)
    }

    /// Removes a file from it; one that is not there is no error.
    public func remove(_ name: String) throws(KernelError) {
        guard unlinkat(descriptor.number, name, 0) == 0 || errno == ENOENT else {
            throw failure("unlinkat", name)
        }
    }

    /// Writes a whole file beside the one of this name and renames it into place (renameat(2)).
    ///
    /// It survives a crash of this process at once, one of the host only after fsync(2) of both.
    public func replace(_ name: String, with bytes: [UInt8]) throws(KernelError) {
        let temporary = "\(name).new"
        // What a crash has left there is not written to: somebody else may hold it open.
        try remove(temporary)
        do throws(KernelError) {
            let new = try create(temporary, flags: O_WRONLY)
            var offset = 0
            while offset < bytes.count {
                let written = bytes.withUnsafeBytes {
                    write(new.number, $0.baseAddress?.advanced(by: offset), $0.count - offset)
                }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw failure("write", name) }
                offset += written
            }
            guard renameat(descriptor.number, temporary, descriptor.number, name) == 0 else {
                throw failure("renameat", name)
            }
        } catch {
            try? remove(temporary)
            throw error
        }
    }

    private func failure(_ call: String, _ name: String) -> KernelError {
        let number = errno
        return KernelError(
            call: call, object: file(name), reason: .errno(number),
            remedy: KernelError.remedy(forFile: number))
    }
}

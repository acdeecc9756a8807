import Glibc

/// Reads the files of playbooks, bounded: a device, a pipe or a huge file is refused, not read.
public enum PlaybookFile {
    /// The bytes of the regular file at `path`, one more than a playbook may have at most.
    ///
    /// - Parameter title: what messages call the file.
    public static func bytes(
        at path: String, title: String = "the playbook"
    ) throws(PlaybookProblems) -> [UInt8] {
        // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever (open(2)).
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path, title, "cannot be opened", errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw failure(path, title, "cannot be read", errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw failure(path, title, "is no regular file", nil)
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= DocumentLimits.bytes {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path, title, "cannot be read", errno) }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
        guard status.st_size > bytes.count else { return bytes }
        throw failure(
            path, title,
            "has \(ByteCount(Int64(status.st_size)).text);"
                + " at most \(ByteCount(Int64(DocumentLimits.bytes)).text) are read", nil)
    }

    private static func failure(
        _ path: String, _ title: String, _ message: String, _ number: Int32?
    ) -> PlaybookProblems {
        let reason = number.map { ": \(String(cString: strerror($0)))" } ?? ""
        let problem = PlaybookProblem(
            line: 0, column: 0, message: "\(title) \(message)\(reason)")
        return PlaybookProblems(file: path, problems: [problem])
    }
}

extension PlaybookDecoder {
    /// Reads and decodes the playbook at `path`, whose `playbook:` must equal the file's name.
    public func decode(
        fileAt path: String, overrides: [String: String] = [:], environment: [String: String] = [:]
    ) throws(PlaybookProblems) -> Playbook {
        try decode(
            try PlaybookFile.bytes(at: path), file: path, name: Self.name(ofFileAt: path),
            overrides: overrides, environment: environment)
    }
}

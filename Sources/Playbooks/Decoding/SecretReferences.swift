import Glibc

/// Reads the values that the references under `secrets` lead to.
///
/// `env:NAME` is a variable of the caller's environment, `file:/PATH` a file's contents without the
/// line feed at its end. A playbook never holds the value itself.
struct SecretReferences {
    /// The largest file that is read.
    private static let limit = 64 << 10

    let environment: [String: String]
    let problems: ProblemCollector

    /// The values by name; what cannot be read is reported and left out.
    func values(of node: DocumentNode) -> [String: String] {
        guard case .mapping(let entries) = node.content else {
            problems.add("'secrets' must be a mapping and is \(node.kindText)", at: node.place)
            return [:]
        }
        var values: [String: String] = [:]
        for entry in entries {
            guard Variables.isName(entry.key) else {
                problems.add(
                    "a secret's name has letters, digits and '_', and this is"
                        + " '\(entry.key.shortened)'", at: entry.keyPlace)
                continue
            }
            guard let value = value(of: entry) else { continue }
            guard value.utf8.count >= Secrets.shortest else {
                problems.add(
                    "secret '\(entry.key)' is shorter than \(Secrets.shortest) bytes, and could not"
                        + " be told from innocent text", at: entry.value.place)
                continue
            }
            values[entry.key] = value
        }
        return values
    }

    private func value(of entry: DocumentNode.Entry) -> String? {
        let place = entry.value.place
        guard case .scalar(let reference, _) = entry.value.content else {
            problems.add("secret '\(entry.key)' must be one reference", at: place)
            return nil
        }
        if reference.hasPrefix("env:") {
            let name = String(reference.dropFirst("env:".count))
            if let value = environment[name] { return value }
            problems.add(
                "secret '\(entry.key)': the environment has no variable '\(name.shortened)'",
                at: place)
        } else if reference.hasPrefix("file:/") {
            let path = String(reference.dropFirst("file:".count))
            if let value = contents(of: path) { return value }
            problems.add(
                "secret '\(entry.key)': \(path.shortened) is no file of text of at most"
                    + " \(Self.limit) bytes that can be read", at: place)
        } else {
            // What stands here may be the secret itself, so it is not repeated.
            problems.add(
                "secret '\(entry.key)' must be a reference: 'env:NAME' or 'file:/PATH'", at: place)
        }
        return nil
    }

    private func contents(of path: String) -> String? {
        // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever (open(2)).
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= Self.limit {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard bytes.count <= Self.limit else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}

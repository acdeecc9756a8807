import Glibc
import Synchronization

/// What was told, in a file of the one process that tells.
final class AlertFile: AlertMemory {
    private static let name = "alerts.json"

    private let directory: String
    private let text: Mutex<String?>

    /// Reads the file in a directory; throws when it is there and cannot be read.
    init(directory: String) throws(IncidentError) {
        self.directory = directory
        let path = "\(directory)/\(Self.name)"
        guard access(path, F_OK) == 0 else {
            text = Mutex(nil)
            return
        }
        text = Mutex(String(decoding: try DurableFile.read(path, limit: 64 << 20), as: UTF8.self))
    }

    func change(_ body: (String?) throws -> String?) throws {
        try text.withLock { text in
            let new = try body(text)
            guard let new, new != text else { return }
            try DurableFile.replace(Self.name, in: directory, with: Array(new.utf8))
            text = new
        }
    }
}

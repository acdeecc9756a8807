import Glibc
import Playbooks
import Synchronization

/// The terminal, as far as the command line needs to know it.
enum Console {
    /// What nothing that is printed may hold, once a playbook was read.
    private static let secrets = Mutex(Secrets())

    /// Takes these secrets out of all that is printed from here on.
    static func keep(_ secrets: Secrets) {
        self.secrets.withLock { $0 = secrets }
    }

    /// Whether standard output is a terminal that understands cursor movement.
    static var isInteractive: Bool {
        guard isatty(STDOUT_FILENO) == 1, let terminal = getenv("TERM") else { return false }
        return String(cString: terminal) != "dumb"
    }

    /// Whether colours are wanted: https://no-color.org.
    static var hasColor: Bool {
        isInteractive && getenv("NO_COLOR") == nil
    }

    /// The width of the terminal in columns; 80 when it does not say.
    static var width: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    static func line(_ text: String) {
        write(text + "\n")
    }

    /// Prints a record, which is without secrets already; its numbers stay as they are.
    static func line(record text: String) {
        writeAll(text + "\n", to: STDOUT_FILENO)
    }

    static func error(_ text: String) {
        write(text + "\n", to: STDERR_FILENO)
    }

    static func write(_ text: String) {
        write(text, to: STDOUT_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        writeAll(secrets.withLock { $0.redact(text) }, to: descriptor)
    }

    /// Writes all of it, or as much as a reader that has gone away let us write.
    private static func writeAll(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}

import Glibc

/// The terminal, as far as the command line needs to know it.
enum Console {
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

    static func error(_ text: String) {
        write(text + "\n", to: STDERR_FILENO)
    }

    static func write(_ text: String) {
        write(text, to: STDOUT_FILENO)
    }

    /// Writes all of it, or as much as a reader that has gone away let us write.
    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}

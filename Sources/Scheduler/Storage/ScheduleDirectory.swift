import Glibc
public import Kernel

/// The directory in which a host's schedules lie, for their owner alone.
public struct ScheduleDirectory: Sendable {
    public let path: String

    /// Opens a directory, made with mode 0700 where it is missing.
    ///
    /// Refuses a symbolic link, another owner's directory, and one that others may enter.
    public init(_ path: String) throws(ScheduleError) {
        self.path = path
        var directory = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            directory += "/\(component)"
            // The host's order to halt lies there as well, for everybody to read.
            let mode: mode_t = directory == "/var/lib/firedrill" ? 0o755 : 0o700
            guard mkdir(directory, mode) == 0 || errno == EEXIST else {
                throw Self.failure(path, String(cString: strerror(errno)))
            }
        }
        guard let status = FileStatus.of(path), status.isDirectory, status.owner == geteuid(),
            status.permissions & 0o077 == 0
        else {
            throw Self.failure(path, "it is no directory of this user's alone")
        }
    }

    /// Where a user's schedules are: `/var/lib/firedrill/schedules` for root, else below the home.
    ///
    /// - Parameter environment: `FIREDRILL_STATE` names the directory around it.
    public static func standardPath(environment: [String: String]) -> String {
        if let state = environment["FIREDRILL_STATE"], !state.isEmpty {
            return "\(state)/schedules"
        }
        if geteuid() == 0 { return "/var/lib/firedrill/schedules" }
        return "\(environment["HOME"] ?? "/tmp")/.local/state/firedrill/schedules"
    }

    /// Takes the right to run the schedules for as long as the descriptor is held.
    ///
    /// Throws while another process has it.
    public func lock() throws -> Descriptor {
        let descriptor = try Descriptor.open(
            "\(path)/lock", flags: O_RDWR | O_CREAT, mode: 0o600)
        guard descriptor.lockExclusively() else {
            throw ScheduleError(
                attempted: "run the schedules of", object: path,
                reason: "another firedrill serve runs them", remedy: "end that one first")
        }
        return descriptor
    }

    private static func failure(_ path: String, _ reason: String) -> ScheduleError {
        ScheduleError(
            attempted: "use the directory", object: path, reason: reason,
            remedy: "give it to this user with mode 700, or name another with FIREDRILL_STATE")
    }
}

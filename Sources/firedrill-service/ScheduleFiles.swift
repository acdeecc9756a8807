import Kernel
import Logging
import Scheduler

/// Follows a directory of schedule files for as long as the service runs.
struct ScheduleFiles: Sendable {
    /// Changes are also looked for so often, should the kernel not have told of one.
    private static let longestWait = Duration.seconds(60)
    /// What is written file by file is read once it is whole.
    private static let settling = Duration.milliseconds(200)

    var path: String
    var store: any ScheduleStore
    var logger: Logger

    /// Reads the files for the first time; throws when the directory cannot be read.
    func start() throws -> DirectoryWatch {
        let watch = try DirectoryWatch(path)
        try apply()
        return watch
    }

    /// Applies every change until the task is cancelled.
    func follow(_ watch: DirectoryWatch) async {
        while !Task.isCancelled {
            await watch.wait(atMost: Self.longestWait)
            guard (try? await Task.sleep(for: Self.settling)) != nil else { return }
            do {
                try apply()
            } catch {
                logger.error("the schedule files cannot be read", metadata: ["reason": "\(error)"])
            }
        }
    }

    private func apply() throws {
        let folder = ScheduleFolder(
            path, decoder: ScheduleFileDecoder(target: TargetOfPlaybook.find))
        let result = try folder.apply(to: store, at: ScheduleStoreOptions.now)
        for name in result.changed {
            logger.notice("schedule file read", metadata: ["schedule": "\(name)"])
        }
        for name in result.removed {
            logger.notice("schedule file gone", metadata: ["schedule": "\(name)"])
        }
        for problem in result.problems {
            logger.warning("schedule file refused", metadata: ["reason": "\(problem)"])
        }
    }
}

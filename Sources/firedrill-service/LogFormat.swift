import ArgumentParser
import Glibc
import Logging
import Web

/// How a service writes its log, which goes to the standard error.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json

    func logger() -> Logger {
        Logger(label: "firedrill") { label in
            switch self {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label: label) { Terminal.write($0, to: STDERR_FILENO) }
            }
        }
    }
}

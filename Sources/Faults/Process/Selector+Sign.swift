import Playbooks
import Undo

extension Selector {
    /// How the processes of a service that it names are known; nil for one that names nodes.
    var sign: ServiceSign? {
        if let pidFile { return .pidFile(pidFile) }
        if let listeningPort { return .port(listeningPort) }
        if let commandLine { return .commandLine(commandLine) }
        if let controlGroup { return .controlGroup(controlGroup) }
        if let unit { return .unit(unit) }
        return container.map { .container($0) }
    }
}

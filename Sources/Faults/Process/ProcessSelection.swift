import Glibc
import Kernel
import Playbooks
import Systems

/// A process that a selector means, with its node where it has one.
struct SelectedProcess: Equatable {
    var identity: ProcessIdentity
    var node: String?
}

/// Finds the processes that a selector means.
struct ProcessSelection {
    var selector: Selector
    var selection: NodeSelection

    init(selector: Selector, seed: UInt64, stream: String) {
        self.selector = selector
        selection = NodeSelection(selector: selector, seed: seed, stream: stream)
    }

    /// The processes as of now; throws ``FaultError`` when none fits.
    func processes(nodes: [NodeState]) throws -> [SelectedProcess] {
        guard selector.namesProcess else { return try processesOfNodes(nodes) }
        return try selection.picked(try candidates()).map { identity in
            SelectedProcess(
                identity: identity, node: nodes.first { $0.process == identity }?.name)
        }
    }

    /// Every process that fits now, of a selector that names processes by other means than nodes;
    /// throws ``FaultError`` when none does.
    func candidates() throws -> [ProcessIdentity] {
        var found: [ProcessIdentity]
        if let file = selector.pidFile {
            found = [try process(ofPidFile: file)]
        } else if let port = selector.listeningPort {
            found = try ProcessTable.listening(onPort: port)
        } else if let pattern = selector.commandLine {
            found = try processes(matching: pattern)
        } else {
            found = try controlGroup().processes()
        }
        found.sort { $0.pid < $1.pid }
        guard !found.isEmpty else {
            throw failure("no process fits", "start it first, or look at it with ps")
        }
        return found
    }

    /// The cgroup that the selector names; throws ``FaultError`` when there is none.
    func controlGroup() throws -> ControlGroup {
        if let unit = selector.unit {
            let found = ControlGroup.ofUnits(named: unit)
            guard let group = found.first else {
                throw failure("no such unit has a cgroup now", "look at it with systemd-cgls")
            }
            guard found.count == 1 else {
                throw failure(
                    "\(found.count) units are called so: "
                        + found.prefix(5).map(\.description).joined(separator: "; "),
                    "name the one that is meant by its path: cgroup: PATH")
            }
            return group
        }
        if let container = selector.container {
            guard let group = ControlGroup.ofContainer(container) else {
                throw failure(
                    "no cgroup has this id in its name",
                    "give at least 12 digits of the id: docker inspect --format '{{.Id}}' NAME")
            }
            return group
        }
        return try ControlGroup(selector.controlGroup ?? "")
    }

    private func processesOfNodes(_ nodes: [NodeState]) throws -> [SelectedProcess] {
        let living = nodes.filter { $0.process != nil }
        return try selection.nodes(among: living).compactMap { node in
            node.process.map { SelectedProcess(identity: $0, node: node.name) }
        }
    }

    private func process(ofPidFile path: String) throws -> ProcessIdentity {
        let file: PidFile
        do {
            file = try PidFile(path)
        } catch {
            let reason = access(path, R_OK) == 0 ? "\(error)" : String(cString: strerror(errno))
            throw failure("\(path) cannot be read: \(reason)", "give the path of a pid file")
        }
        guard let pid = file.pid else {
            throw failure("\(path) holds no process number", "give the path of a pid file")
        }
        guard let identity = ProcessTable.identity(of: pid) else {
            throw failure("\(path) names pid \(pid), and there is no such process", "start it")
        }
        if let objection = file.objection(to: identity) {
            throw failure(
                "\(path) names pid \(pid), and \(objection)",
                "have the service write the file anew, or name the process by its port, unit or "
                    + "command line")
        }
        return identity
    }

    private func processes(matching pattern: String) throws -> [ProcessIdentity] {
        let expression: TextPattern
        do {
            expression = try TextPattern(pattern)
        } catch {
            throw failure("'\(pattern)' is no regular expression: \(error)", "")
        }
        // A shell that started the drill has the pattern on its own command line.
        return ProcessTable.withCommandLine { expression.isFound(in: $0) == true }
    }

    private func failure(_ reason: String, _ remedy: String) -> FaultError {
        FaultError(
            attempted: "resolve the selector", object: selection.text, reason: reason,
            remedy: remedy)
    }
}

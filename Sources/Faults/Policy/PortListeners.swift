import Kernel
import Synchronization

/// Who listens on some ports, looked up once, at the first question.
///
/// Each look goes through the descriptors of every process, and a selector may fit hundreds.
final class PortListeners: Sendable {
    private let ports: [Int]
    /// By port; nil where it could not be seen.
    private let found = Mutex<[Int: Set<ProcessIdentity>?]?>(nil)

    init(_ ports: [Int]) {
        self.ports = ports
    }

    /// Those of the ports that a process listens on.
    func ports(of identity: ProcessIdentity) -> [Int] {
        let found = found.withLock { found in
            let answer = found ?? look()
            found = answer
            return answer
        }
        // What cannot be seen counts as a listener: it may be one.
        return ports.filter { found[$0]??.contains(identity) ?? true }
    }

    private func look() -> [Int: Set<ProcessIdentity>?] {
        var found: [Int: Set<ProcessIdentity>?] = [:]
        for port in ports {
            let listeners = try? ProcessTable.listening(onPort: port)
            found.updateValue(listeners.map { Set($0) }, forKey: port)
        }
        return found
    }
}

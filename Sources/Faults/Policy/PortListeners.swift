import Kernel
import Synchronization

/// Who serves some ports, by TCP or UDP, looked up once, at the first question.
///
/// Each look goes through the descriptors of every process, and a selector may fit hundreds.
final class PortListeners: Sendable {
    private enum Look {
        case served([ProcessIdentity: Set<Int>])
        case unseen
    }

    private let ports: [Int]
    private let found = Mutex<Look?>(nil)

    init(_ ports: [Int]) {
        self.ports = ports
    }

    /// Those of the ports that a process serves.
    func ports(of identity: ProcessIdentity) -> [Int] {
        let found = found.withLock { found in
            let answer = found ?? look()
            found = answer
            return answer
        }
        switch found {
        case .served(let served): return ports.filter { served[identity]?.contains($0) ?? false }
        // What cannot be seen counts as a listener: it may be one.
        case .unseen: return ports
        }
    }

    private func look() -> Look {
        (try? ProcessTable.serving(Set(ports))).map { .served($0) } ?? .unseen
    }
}

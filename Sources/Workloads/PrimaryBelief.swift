import Synchronization

/// Which node a client asks first: the one that last did what it was asked.
final class PrimaryBelief: Sendable {
    private let belief: Mutex<String>

    init(_ node: String) {
        belief = Mutex(node)
    }

    var node: String {
        get { belief.withLock { $0 } }
        set { belief.withLock { $0 = newValue } }
    }
}

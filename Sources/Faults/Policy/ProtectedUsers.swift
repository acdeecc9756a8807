import Kernel

/// The users that a policy names, each looked up once.
struct ProtectedUsers: Sendable {
    private let numbers: [String: UInt32]
    /// Names of which nobody could say whom they mean.
    let unknown: [String]

    init(_ names: [String], look: (String) -> UserLookup = UserTable.look(up:)) {
        var numbers: [String: UInt32] = [:]
        var unknown: [String] = []
        for name in names {
            switch look(name) {
            case .found(let number): numbers[name] = number
            case .failed: unknown.append(name)
            case .absent: break
            }
        }
        self.numbers = numbers
        self.unknown = unknown
    }

    /// What the policy calls these users.
    func names(of users: Set<UInt32>) -> [String] {
        numbers.filter { users.contains($0.value) }.map(\.key).sorted()
    }
}

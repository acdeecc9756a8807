public import Playbooks
public import Undo

/// Everything that a drill is told beside its playbook.
public struct DrillOptions: Sendable {
    public var playbook: Playbook
    /// The playbook's text, kept with the evidence byte for byte.
    public var playbookText: String
    /// The seed of every random choice; the playbook's own, or a fresh one, when it names none.
    public var seed: UInt64
    /// The directory in which drills leave their evidence.
    public var evidenceRoot: String
    /// Where undo records are kept: `/var/lib/firedrill/undo` for root.
    public var stateDirectory: String
    /// Where else the same user's earlier drills may have left some.
    public var otherStateDirectories: [String] = []
    /// Where the drills of the host know each other by.
    public var register: DrillRegister
    /// The orders that end a drill, or let none begin.
    public var haltOrders: HaltOrders
    /// What the host's owner allows, whatever the playbook says.
    public var policy: HostPolicy
    /// The guardian's program.
    public var guardian: String
    /// The command that repeats the drill.
    public var command: String
    /// Whether the process holds a mount namespace of its own.
    public var hasPrivateMounts: Bool
    public var version: String

    public init(
        playbook: Playbook, playbookText: String, seed: UInt64, evidenceRoot: String,
        stateDirectory: String, register: DrillRegister = .host, haltOrders: HaltOrders,
        policy: HostPolicy, guardian: String,
        command: String,
        hasPrivateMounts: Bool, version: String
    ) {
        self.playbook = playbook
        self.playbookText = playbookText
        self.seed = seed
        self.evidenceRoot = evidenceRoot
        self.stateDirectory = stateDirectory
        self.register = register
        self.haltOrders = haltOrders
        self.policy = policy
        self.guardian = guardian
        self.command = command
        self.hasPrivateMounts = hasPrivateMounts
        self.version = version
    }
}

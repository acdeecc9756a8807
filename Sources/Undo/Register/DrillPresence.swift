import Glibc
public import Kernel
import Synchronization

/// A drill's own entry in the register of its host.
public final class DrillPresence: Sendable {
    private struct State {
        var contents: RegisteredDrill.Contents
        var isEntered = false
    }

    /// How often a drill asks again while another asks for the same.
    private static let tries = 60

    private let register: DrillRegister
    private let state: Mutex<State>

    /// - Parameters:
    ///   - register: where drills look for each other.
    ///   - drill: the drill's identifier.
    ///   - stateDirectory: the absolute path of the directory in which its undo records lie.
    public init(register: DrillRegister, drill: String, stateDirectory: String) {
        self.register = register
        let process = ProcessTable.identity(of: getpid())
        state = Mutex(
            State(
                contents: RegisteredDrill.Contents(
                    drill: drill, process: process ?? ProcessIdentity(pid: getpid(), startTime: 0),
                    boot: BootIdentifier.current,
                    processNamespace: RegisteredDrill.processNamespace,
                    stateDirectory: stateDirectory)))
    }

    /// Enters the drill; from here on a halt order's giver finds it.
    public func enter() throws {
        register.sweep()
        try state.withLock { state in
            try register.write(state.contents)
            state.isEntered = true
        }
    }

    /// Enters it again where somebody has cleaned up: the end of a session removes a user's files.
    public func renew() throws {
        try state.withLock { state in
            guard state.isEntered, !register.holds(state.contents.drill) else { return }
            try register.write(state.contents)
        }
    }

    /// Says who takes its faults out when it dies, and who does when both die.
    public func name(guardian: ProcessIdentity, standby: ProcessIdentity) throws {
        try state.withLock { state in
            state.contents.guardian = guardian
            state.contents.standby = standby
            try register.write(state.contents)
        }
    }

    /// Ends the entry: the drill is over, and nothing of it is left.
    public func leave() {
        state.withLock { state in
            state.isEntered = false
            register.remove(state.contents.drill)
        }
    }

    /// Takes something of the host when all other drills of it leave room for that.
    ///
    /// What is sought is told to the others before they are looked at: of two that seek the same at
    /// the same time, at least one sees the other, and then both wait a moment and ask again.
    ///
    /// - Parameters:
    ///   - change: adds what is sought to what the drill has.
    ///   - check: throws when what the others have leaves no room.
    public func take(
        _ change: (inout HostUse) -> Void, check: ([OtherDrill]) throws -> Void
    ) throws {
        try state.withLock { state in
            var wanted = state.contents.use
            change(&wanted)
            // Also where it cannot be told: what is asked for here is not asked for ever after.
            defer { state.contents.asked = nil }
            for attempt in 1...Self.tries {
                state.isEntered = true
                state.contents.asked = wanted
                try register.write(state.contents)
                state.contents.asked = nil
                let others = register.drills().filter { $0.drill != state.contents.drill }
                do {
                    try check(others.map { OtherDrill($0, use: $0.sought) })
                } catch {
                    try register.write(state.contents)
                    try check(others.map { OtherDrill($0, use: $0.use) })
                    guard attempt < Self.tries else { throw error }
                    usleep(.random(in: 1_000...15_000))
                    continue
                }
                state.contents.use = wanted
                try register.write(state.contents)
                return
            }
        }
    }

    /// Gives something back; the entry is brought up to date as soon as it can be.
    public func give(_ change: (inout HostUse) -> Void) {
        state.withLock { state in
            let before = state.contents.use
            change(&state.contents.use)
            guard state.isEntered, state.contents.use != before else { return }
            try? register.write(state.contents)
        }
    }
}

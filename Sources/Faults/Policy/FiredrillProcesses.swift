import Kernel
import Undo

/// Every process of Firedrill on this host but the drill's own target: no fault may hit any of them.
struct FiredrillProcesses {
    private static let programs = [
        "firedrill": "a running firedrill", "firedrill-guardian": "the guardian of a drill",
        "firedrill-service": "Firedrill's service",
    ]

    /// By number, each with what it is: `part of drill 20261121T101500Z-primary-kill-4f2a91`.
    let protected: [Int32: String]

    /// Looks at the processes that exist now.
    ///
    /// - Parameters:
    ///   - own: the drill that asks, whose own target may be hit.
    ///   - drills: the drills of the host.
    static func now(
        own: Int32, drills: [RegisteredDrill] = DrillRegister.host.drills()
    ) -> FiredrillProcesses {
        let parents = ProcessTable.parents()
        var programs: [Int32: String] = [:]
        for pid in parents.keys { programs[pid] = ProcessTable.executableName(of: pid) }
        return FiredrillProcesses(own: own, parents: parents, programs: programs, drills: drills)
    }

    /// - Parameters:
    ///   - parents: every process with its parent.
    ///   - programs: what the processes execute, as far as that can be seen.
    init(
        own: Int32, parents: [Int32: Int32], programs: [Int32: String], drills: [RegisteredDrill]
    ) {
        var roots: [Int32: String] = [:]
        var protected: [Int32: String] = [:]
        for (pid, program) in programs {
            guard let what = Self.programs[program] else { continue }
            protected[pid] = what
            if program == "firedrill" { roots[pid] = "a running firedrill" }
        }
        for drill in drills {
            if drill.isAlive { roots[drill.process.pid] = "drill \(drill.drill)" }
            for guardian in drill.guardians {
                protected[guardian.pid] = "the guardian of drill \(drill.drill)"
            }
        }
        for (pid, what) in roots { protected[pid] = what }
        // What a drill has started is its child, or a child of one: its nodes, its load, its probes.
        for pid in parents.keys where protected[pid] == nil {
            var ancestor = pid
            for _ in 0..<64 {
                guard ancestor != own, let parent = parents[ancestor], parent > 1 else { break }
                ancestor = parent
                guard ancestor != own, let what = roots[ancestor] else { continue }
                protected[pid] = "part of \(what)"
                break
            }
        }
        protected[own] = nil
        self.protected = protected
    }
}

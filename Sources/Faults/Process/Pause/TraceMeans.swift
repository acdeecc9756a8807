import Glibc
import Kernel
import Synchronization
import Undo

/// Pauses by ptrace(2): unseen by the process's parent, and ended by the kernel with the drill.
final class TraceMeans: PauseMeans {
    static let note = "each thread seized and interrupted; the kernel lets them go with the drill"

    private struct State {
        var pause: TracedPause?
        var isReleasing = false
    }

    let backend = "ptrace"
    let note: String = TraceMeans.note
    private let handles: [ProcessHandle]
    private let state = Mutex(State())

    init(_ processes: [SelectedProcess]) throws {
        handles = try processes.map { try ProcessHandle($0.identity) }
    }

    var reversals: [(summary: String, reversal: Reversal)] {
        let names = handles.map { "\($0.identity)" }.joined(separator: ", ")
        return [
            (
                "pause of \(names)",
                .kernel(
                    lifetime: "a tracer's end lets what it traces go (ptrace(2))",
                    witnesses: handles.compactMap { handle in
                        ProcessTable.identity(of: getpid()).map { .letGo(handle.identity, by: $0) }
                    })
            )
        ]
    }

    func check() throws {
        for handle in handles {
            let states = ProcessTable.threadStates(of: handle.identity)
            guard states.contains("T") || states.contains("t") else { continue }
            throw FaultError(
                attempted: "pause the process", object: "\(handle.identity)",
                reason: "somebody else has stopped it", remedy: "let it go on first")
        }
    }

    func pause() throws {
        let pause = try TracedPause.begin(handles)
        state.withLock { $0.pause = pause }
    }

    func standing(of process: ProcessIdentity) throws -> Standing {
        let (pause, isReleasing) = state.withLock { ($0.pause, $0.isReleasing) }
        if let failure = pause?.failure, !isReleasing { throw failure }
        let states = ProcessTable.threadStates(of: process)
        if states.isEmpty { return .ended }
        // Between the two, some threads stand still: neither is reached yet.
        let isPaused = isReleasing ? states.contains("t") : states.allSatisfy { $0 == "t" }
        return isPaused ? .paused : .running
    }

    func resume() throws {
        let pause = state.withLock { state in
            state.isReleasing = true
            return state.pause
        }
        pause?.release()
    }
}

import Glibc
import Kernel
import Undo

/// Pauses by SIGSTOP, or as a terminal does, and SIGCONT: the process's parent sees it, and only the guardian ends it when
/// the drill dies.
final class StopMeans: PauseMeans {
    let backend = "pidfd"
    let note = ProcessKill.note
    private let handles: [ProcessHandle]
    private let signal: KillSignal

    init(_ processes: [SelectedProcess], signal: KillSignal = .STOP) throws {
        self.signal = signal
        handles = try processes.map { try ProcessHandle($0.identity) }
    }

    var reversals: [(summary: String, reversal: Reversal)] {
        handles.map { ("continue \($0.identity)", .resume($0.identity)) }
    }

    func check() throws {
        for handle in handles where handle.state == "T" {
            throw FaultError(
                attempted: "pause the process", object: "\(handle.identity)",
                reason: "somebody else has stopped it", remedy: "continue it first")
        }
    }

    func pause() throws {
        for handle in handles { try handle.signal(signal.number) }
    }

    func standing(of process: ProcessIdentity) -> Standing {
        guard ProcessTable.isAlive(process) else { return .ended }
        return ProcessTable.state(of: process.pid) == "T" ? .paused : .running
    }

    func resume() throws {
        var failure: (any Error)?
        for handle in handles {
            do {
                try handle.signal(SIGCONT)
            } catch  where error.reason == .vanished {
                // A process that ended while it was paused has nothing left to continue.
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

import Glibc
import Kernel
import Records

extension ReversalPerformer {
    /// Kills a process and every member of the session it leads, and waits until they are gone.
    func endSession(_ leader: ProcessIdentity) throws -> Comparison {
        guard leader.pid > 1, leader.pid != getsid(0) else {
            throw UndoError(
                attempted: "end the session of", object: "\(leader)",
                reason: "it is this process's own or the first process's")
        }
        let deadline = MonotonicClock.now + 5_000_000_000
        var members = Self.survivors(of: leader)
        var refusal: KernelError?
        // Again and again, because a member may fork while the others are being killed.
        while !members.isEmpty, MonotonicClock.now < deadline {
            var handles: [ProcessHandle] = []
            for member in members {
                do {
                    let handle = try ProcessHandle(member)
                    try handle.signal(SIGKILL)
                    handles.append(handle)
                } catch  where error.reason != .vanished {
                    refusal = error
                } catch {}
            }
            for handle in handles {
                let left = Duration.nanoseconds(max(0, deadline - MonotonicClock.now))
                _ = try handle.waitForExit(timeout: left)
            }
            members = Self.survivors(of: leader)
            if let refusal, !members.isEmpty { throw refusal }
        }
        return Comparison(
            what: "processes of the session of \(leader)", before: "none",
            after: members.isEmpty ? "none" : members.map(\.description).joined(separator: ", "),
            isSame: members.isEmpty)
    }

    /// The living processes that the session still has, looked for twice before it has none.
    ///
    /// A process can be missed once: forked after the names in /proc were listed, by a member that
    /// was dead when its own turn came.
    static func survivors(of leader: ProcessIdentity) -> [ProcessIdentity] {
        let members = livingMembers(of: leader)
        return members.isEmpty ? livingMembers(of: leader) : members
    }

    /// One look through the process table.
    ///
    /// A session keeps its number from being given to a new process, so when a stranger holds the
    /// leader's number the session has no member left.
    private static func livingMembers(of leader: ProcessIdentity) -> [ProcessIdentity] {
        switch ProcessTable.identity(of: leader.pid) {
        case leader:
            let members = ProcessTable.members(ofSession: leader.pid)
            return members.contains(leader) || !ProcessTable.isAlive(leader)
                ? members : members + [leader]
        case nil:
            return ProcessTable.members(ofSession: leader.pid).filter {
                $0.startTime >= leader.startTime
            }
        default: return []
        }
    }
}

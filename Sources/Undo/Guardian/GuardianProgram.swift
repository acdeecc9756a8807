import Glibc
import Kernel

extension Guardian {
    /// Comes before the arguments of a standby.
    static let standbyOption = "--standby"

    /// The whole program; returns its exit code: 0 nothing is left, 5 residue, 2 usage, 7 error.
    public static func run(arguments: [String]) -> Int32 {
        do {
            if arguments.count == 2, isJournal(arguments[1]) {
                shield()
                return try Guardian(GuardianPost(journal: arguments[1])).begin()
            }
            if arguments.count == 5, arguments[1] == standbyOption, isJournal(arguments[2]),
                let pid = Int32(arguments[3]), let startTime = UInt64(arguments[4])
            {
                shield()
                let guardian = ProcessIdentity(pid: pid, startTime: startTime)
                let post = try GuardianPost(journal: arguments[2])
                return try Standby(post, guardian: guardian).begin()
            }
        } catch {
            print("firedrill-guardian: \(error)")
            return 7
        }
        print("usage: firedrill-guardian JOURNAL (started by firedrill run)")
        print("       firedrill-guardian --standby JOURNAL PID STARTTIME (the guardian's)")
        return 2
    }

    private static func isJournal(_ path: String) -> Bool {
        path.hasSuffix(StateDirectory.journalSuffix)
    }

    /// Makes this process hard to end; all best effort, for without root not all is allowed.
    private static func shield() {
        signal(SIGHUP, SIG_IGN)
        signal(SIGINT, SIG_IGN)
        signal(SIGQUIT, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        _ = chdir("/")
        OutOfMemory.spareThisProcess()
        // What it has to do within a second must not wait behind the load of a crowded host.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -20)
    }
}

import Glibc
import Kernel

/// A guardian, or its standby, as its drill sees it.
struct GuardianProcess: Sendable {
    private let process: ChildProcess
    private let link: Descriptor
    private let vigil: Descriptor

    /// Starts the program.
    static func start(_ executable: String, arguments: [String]) throws -> GuardianProcess {
        let (link, theirs) = try GuardianLink.make()
        let (vigil, held) = try GuardianLink.make()
        let quiet = try Descriptor.open("/dev/null", flags: O_RDWR)
        // It must outlive the drill, so it neither dies with it nor shares its session.
        let process = try ChildProcess.spawn(
            .init(
                executable: executable, arguments: arguments,
                // It trusts whom we trust.
                environment: TrustedPath.caller.map { "SUDO_UID=\($0)" }, workingDirectory: "/",
                standardOutput: quiet.number, standardError: quiet.number, newSession: true,
                diesWithParent: false,
                inheritedDescriptors: [
                    GuardianLink.descriptor: theirs.number, GuardianLink.vigil: held.number,
                ]))
        return GuardianProcess(process: process, link: link, vigil: vigil)
    }

    var identity: ProcessIdentity { process.identity }

    /// Whether it lives and has not been told to end.
    var isStaying: Bool {
        var polled = pollfd(fd: vigil.number, events: Int16(POLLIN), revents: 0)
        return process.status == nil && poll(&polled, 1, 0) == 0
    }

    /// Sends one number; false when it is gone.
    func tell(_ number: UInt64) -> Bool { GuardianLink.send(number, over: link) }

    /// Suspends until it has acknowledged a number, at most `bound`; returns why it has not.
    func refusal(of sequence: UInt64, within bound: Duration) async -> String? {
        let deadline = ContinuousClock.now + bound
        while true {
            switch GuardianLink.receive(from: link) {
            // A late answer to an earlier record, whose push has thrown, is passed over.
            case .number(let number) where number == sequence: return nil
            case .number(GuardianLink.refusal): return "cannot read it"
            case .number: break
            case .closed: return "is gone"
            case .nothing:
                let left = ContinuousClock.now.duration(to: deadline)
                guard left > .zero else { return "does not answer" }
                // A cancelled task still learns whether its record is safe.
                let number = link.number
                _ = await Task { await Readiness.wait(for: number, atMost: left) }.value
            }
        }
    }

    /// Suspends until it has ended; false when the task was cancelled.
    func ended() async -> Bool {
        await process.wait(atMost: .seconds(1 << 30)) != nil
    }

    /// Suspends until it has died or been told to end; false when the task was cancelled.
    func leaves() async -> Bool {
        await Readiness.wait(for: vigil.number, atMost: .seconds(1 << 30))
    }

    /// Waits for its end, and brings it about after `bound`.
    func end(within bound: Duration) async {
        if await process.wait(atMost: bound) == nil {
            _ = await process.terminate(grace: .zero)
        }
    }
}

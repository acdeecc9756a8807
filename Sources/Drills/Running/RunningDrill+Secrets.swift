import Glibc
import Kernel
import Playbooks
import Records

extension RunningDrill {
    /// The largest log that is searched for secrets.
    private static let largestLog = 64 << 20

    /// Where the target's processes write their logs: into the evidence, or where secrets may be in
    /// them, into the work directory, which goes with a drill that is killed.
    func logs(in work: HeldDirectory) throws -> HeldDirectory {
        guard !playbook.secrets.isEmpty else { return writer.logs }
        do {
            let logs = try work.makeDirectory("logs")
            rawLogs = logs
            return logs
        } catch {
            throw DrillError("create \(work.file("logs"))", error)
        }
    }

    /// Makes evidence of what the target's processes wrote, once they have ended, without secrets.
    ///
    /// A log that cannot be searched is left out: evidence without it is better than a secret in it.
    func keepLogs() {
        guard let rawLogs else { return }
        for name in rawLogs.names {
            do {
                let file = try Descriptor.openRegular(name, below: rawLogs.descriptor)
                let bytes = try file.readAll(limit: Self.largestLog + 1)
                guard bytes.count <= Self.largestLog else {
                    throw DrillError(
                        "search \(name) for secrets",
                        reason: "it is larger than \(Self.largestLog) bytes")
                }
                try writer.logs.replace(name, with: playbook.secrets.redact(bytes))
            } catch {
                note(
                    .warning, "",
                    "\(writer.logs.file(name)) is left out, for it may hold a secret: \(error)")
            }
        }
    }

    /// The verdict without the playbook's secrets.
    func redacted(_ verdict: Verdict) -> Verdict {
        do {
            return try playbook.secrets.redacted(verdict)
        } catch {
            return Verdict(
                outcome: .error, reason: "\(error)", precondition: .unknown,
                preconditionSentence: "", faults: [], checks: [], endedAt: clock.now())
        }
    }
}

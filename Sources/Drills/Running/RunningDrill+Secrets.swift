import Glibc
import Kernel
import Playbooks
import Records

extension RunningDrill {
    /// The largest log that is searched for secrets.
    private static let largestLog = 64 << 20

    /// Takes the playbook's secrets out of what the target's processes wrote, once they have ended.
    ///
    /// A log that cannot be searched is removed: evidence without it is better than a secret in it.
    func redactLogs() {
        guard !playbook.secrets.isEmpty else { return }
        let logs = writer.logs
        for name in logs.names {
            do {
                let file = try Descriptor.openRegular(name, below: logs.descriptor)
                let bytes = try file.readAll(limit: Self.largestLog + 1)
                guard bytes.count <= Self.largestLog else {
                    throw DrillError(
                        "search \(logs.file(name)) for secrets",
                        reason: "it is larger than \(Self.largestLog) bytes")
                }
                let redacted = playbook.secrets.redact(bytes)
                guard redacted != bytes else { continue }
                try logs.replace(name, with: redacted)
            } catch {
                let isRemoved = (try? logs.remove(name)) != nil
                note(
                    .warning, "",
                    "\(logs.file(name)) \(isRemoved ? "was" : "could not be") removed, "
                        + "for it may hold a secret: \(error)")
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

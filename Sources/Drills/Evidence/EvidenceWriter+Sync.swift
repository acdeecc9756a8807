import Kernel

extension EvidenceWriter {
    /// Waits until the evidence that lies in the directory now is on disk.
    ///
    /// Reports are left out: they can be rendered from the evidence again.
    func syncFiles() throws {
        try FileSync.sync(
            [
                EvidenceDirectory.header, EvidenceDirectory.playbook, EvidenceDirectory.plan,
                EvidenceDirectory.environment, EvidenceDirectory.events, EvidenceDirectory.history,
                EvidenceDirectory.samples, EvidenceDirectory.wire, EvidenceDirectory.hostLoad,
                EvidenceDirectory.verdict,
            ], in: held)
    }
}

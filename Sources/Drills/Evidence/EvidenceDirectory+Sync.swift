import Kernel

extension EvidenceDirectory {
    /// Waits until the evidence that lies in the directory now is on disk.
    ///
    /// Reports are left out: they can be rendered from the evidence again.
    func sync() throws {
        try FileSync.sync(
            [
                Self.header, Self.playbook, Self.plan, Self.environment, Self.events, Self.history,
                Self.samples, Self.wire, Self.verdict,
            ], in: path)
    }
}

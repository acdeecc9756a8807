extension Node {
    /// Has a commit made durable on every attached standby; a single node has none.
    func replicate(_ commit: Commit) async -> Bool { true }
}

/// Delays packets to a node's port in the kernel.
enum NetemDelay {
    static let interface = "lo"
}

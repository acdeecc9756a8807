/// A TCP proxy on loopback that can disturb what passes through it.
public final class FaultProxy: Sendable {
    /// `clients to a`.
    public let name: String
    /// The port on 127.0.0.1 that it listens on.
    public let port: Int

    init(name: String, port: Int) {
        self.name = name
        self.port = port
    }
}

import FaultProxy
import Records

/// One `refqueue serve` of a testbed: its process, its place, its port and the ways to it.
struct ReferenceNode: Sendable {
    let name: String
    let process: ServiceProcess
    let volume: NodeVolume
    var port: Int
    /// The clients' way to it.
    let link: FaultProxy
    /// Its ways to the other nodes, by their names.
    var peers: [String: FaultProxy] = [:]
    /// Its way to the arbiter; nil in a service without one.
    var arbiterLink: FaultProxy?

    init(name: String, volume: NodeVolume, process: ServiceProcess, port: Int, link: FaultProxy) {
        self.name = name
        self.volume = volume
        self.process = process
        self.port = port
        self.link = link
    }
}

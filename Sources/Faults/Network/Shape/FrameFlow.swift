import Kernel
import Records

/// A flow of frames that leave an interface through its qdiscs, whoever is at its other end.
///
/// They are seen as they leave it. The sockets are opened for each run, for an interface of the
/// fault's own is not there before and after it.
struct FrameFlow: PacketTrial {
    let open: @Sendable () throws -> FrameSocket
    let now: @Sendable () -> DrillTime
    let sleep: @Sendable (Duration) async throws -> Void

    /// An empty tally where there are no sockets to be had.
    func run(for duration: Duration, drain: Duration) async -> PacketTally {
        guard let socket = try? open() else { return PacketTally() }
        let loop = TrialLoop(now: now, sleep: sleep) { bytes in
            _ = try? socket.send(bytes)
        } receive: {
            try? socket.receive()
        }
        return await loop.run(for: duration, drain: drain)
    }
}

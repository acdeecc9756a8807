import Kernel

/// What a canary saw: which numbered datagrams were sent, and which of them arrived when.
struct CanaryObservation: Sendable, Equatable {
    /// One datagram that the kernel took for sending.
    struct Departure: Sendable, Equatable {
        var number: UInt64
        var sentAt: Int64
    }

    /// In the order of sending.
    var departures: [Departure] = []
    /// In the order of arrival.
    var arrivals: [DatagramFlow.Arrival] = []
    /// Datagrams that the kernel did not take: a full queue or a filter at the sender.
    var refused = 0
}

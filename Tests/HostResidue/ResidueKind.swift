/// What a drill could leave on a host.
public enum ResidueKind: String, Sendable, CaseIterable, Codable {
    case interface
    case queueing
    case packetFilter
    /// A BPF program on a hook: TCX, XDP, a tracepoint.
    case programLink
    case namespace
    case mount
    case loopDevice
    case controlGroup
    case process
    case stoppedProcess
    case resourceLimit
    /// Another clock, in the code by which a process reads it.
    case clockCode
    /// Space that no file with a name takes up: ballast.
    case unnamedBytes
    case workDirectory
    case undoRecord

    /// Whether it is also a difference when something that was there before is gone.
    ///
    /// Strangers' processes end when they like, and their namespaces with them.
    var isKept: Bool {
        switch self {
        case .interface, .queueing, .packetFilter, .mount, .loopDevice, .unnamedBytes: true
        case .programLink, .namespace, .controlGroup, .process, .stoppedProcess, .resourceLimit,
            .clockCode, .workDirectory, .undoRecord:
            false
        }
    }
}

/// What a drill could leave on a host.
public enum ResidueKind: String, Sendable, CaseIterable, Codable {
    case interface
    case queueing
    case packetFilter
    case namespace
    case mount
    case loopDevice
    case controlGroup
    case process
    case stoppedProcess
    case resourceLimit
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
        case .namespace, .controlGroup, .process, .stoppedProcess, .resourceLimit, .workDirectory,
            .undoRecord:
            false
        }
    }
}

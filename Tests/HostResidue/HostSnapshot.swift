/// Everything on a host that a drill could leave something in, as it is at one moment.
///
/// It sees the processes and mounts that the calling process can see. Two snapshots
/// are compared exactly, so on a host where others work too, take them in namespaces of your own.
public struct HostSnapshot: Sendable, Equatable {
    /// By kind: what there is, and how it is.
    var state: [ResidueKind: [String: String]] = [:]

    /// Looks everywhere and changes nothing; throws when the kernel refuses an answer that is needed.
    public static func take(_ scope: ResidueScope) throws -> HostSnapshot {
        var snapshot = HostSnapshot()
        let network = try NetworkSurvey.take(scope.network)
        snapshot.state[.interface] = network.interfaces
        snapshot.state[.queueing] = network.queueing
        snapshot.state[.packetFilter] = network.packetFilters
        snapshot.state[.programLink] = try NetworkSurvey.programLinks()
        let processes = ProcessSurvey.take()
        snapshot.state[.process] = processes.all
        snapshot.state[.stoppedProcess] = processes.stopped
        snapshot.state[.resourceLimit] = processes.limits
        snapshot.state[.clockCode] = processes.clockCode
        snapshot.state[.namespace] = processes.namespaces
        snapshot.state[.mount] = processes.mounts
        snapshot.state[.loopDevice] = DiskSurvey.loopDevices(below: scope.directory)
        snapshot.state[.unnamedBytes] = try DiskSurvey.unnamedBytes(scope.directory)
        snapshot.state[.controlGroup] = DiskSurvey.controlGroups(below: scope.controlGroups)
        snapshot.state[.workDirectory] = scope.evidence.map(DiskSurvey.workDirectories)
        snapshot.state[.undoRecord] = try scope.state.map(DiskSurvey.undoRecords)
        return snapshot
    }

    /// What is not as it was in an earlier snapshot, in the order of the kinds.
    public func differences(from before: HostSnapshot) -> [Residue] {
        ResidueKind.allCases.flatMap { kind -> [Residue] in
            let (old, new) = (before.state[kind] ?? [:], state[kind] ?? [:])
            return Set(old.keys).union(new.keys).sorted().compactMap { object in
                let residue = Residue(
                    kind: kind, object: object, before: old[object], now: new[object])
                guard residue.before != residue.now else { return nil }
                if residue.now == nil { return kind.isKept ? residue : nil }
                // A process that is new is named as such, once.
                if residue.before == nil, kind == .resourceLimit { return nil }
                return residue
            }
        }
    }
}

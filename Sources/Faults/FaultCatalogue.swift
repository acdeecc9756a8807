public import Playbooks

/// Every kind of fault that this build knows.
public enum FaultCatalogue {
    static let kinds: [any Fault.Type] = [
        NetworkDelay.self,
        NetworkReset.self,
        NetworkRate.self,
        NetworkPartition.self,
        NetworkBlackhole.self,
        NetworkRefuse.self,
        NetworkShape.self,
        NetworkNames.self,
        ProcessKill.self,
        ProcessPause.self,
        ProcessLimit.self,
        ProcessCrashLoop.self,
        DiskFill.self,
        DiskInodes.self,
        DiskCorrupt.self,
        DiskReadOnly.self,
        DiskSlow.self,
        PowerLoss.self,
        ClockSkew.self,
        CPULoad.self,
        MemoryPressure.self,
    ]

    /// What playbooks may say of them.
    public static var declarations: [KindDeclaration] { kinds.map { $0.declaration } }

    /// Makes the fault of a step; throws ``FaultError`` when its parameters contradict each other
    /// or the limits.
    public static func make(
        step: FaultStep, identifier: String, limits: Limits
    ) throws -> any Fault {
        guard let kind = kinds.first(where: { $0.declaration.kind == step.kind }) else {
            throw FaultError(
                attempted: "make the fault", object: step.kind, reason: "no such kind",
                remedy: "it is one of " + declarations.map(\.kind).joined(separator: ", "))
        }
        return try kind.init(step: step, identifier: identifier, limits: limits)
    }
}

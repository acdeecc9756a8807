import Kernel
public import Playbooks
public import Records
public import Systems

/// Takes the host's memory: `memory.pressure`.
///
/// A child touches so much of it and keeps it in use. It dies with the drill (PR_SET_PDEATHSIG,
/// prctl(2)), and is what the kernel ends first when memory runs out.
public struct MemoryPressure: Fault {
    public static let declaration = KindDeclaration(
        kind: "memory.pressure", summary: "Takes memory of the host and keeps it in use.",
        parameters: [
            ParameterDeclaration("size", .byteCount, "How much to take; one of size and leave."),
            ParameterDeclaration(
                "leave", .byteCount, "How much to leave available, within limits.memory."),
        ])

    public static let backends = [BackendNeeds("children", [])]

    public let identifier: String
    public let step: FaultStep
    private let size: Int64?
    private let leave: Int64?
    private let duration: Duration

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        size = step.arguments.byteCount("size")?.bytes
        leave = step.arguments.byteCount("leave")?.bytes
        guard (size == nil) != (leave == nil), size != 0 else {
            throw step.problem("it does not give one of size and leave", "set 'size: 256 MiB'")
        }
        duration = try step.requiredDuration()
        if limits.memory < ByteCount(size ?? 1) {
            throw step.problem(
                "the limits allow \(limits.memory.bytes) bytes of memory",
                "raise limits.memory")
        }
    }

    private var goal: String {
        size.map { "take \($0) bytes" } ?? "leave \(leave ?? 0) bytes available"
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        let refusal = Self.refusal(size: size, leave: leave, available: HostMemory.available)
        return Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): \(goal) for \(DurationText(duration))",
            objects: ["memory of the host"], backend: refusal == nil ? "children" : "",
            backendNote: refusal ?? LoadPlace.find().note)
    }

    /// Why so much can never be had of a host with `available` bytes; nil when it can.
    ///
    /// To take more than there is would have the kernel kill somebody, and it need not be the load.
    static func refusal(size: Int64?, leave: Int64?, available: UInt64?) -> String? {
        guard let available = available.map({ Int64(clamping: $0) }) else { return nil }
        if let size, size >= available {
            return "\(size) bytes are to be taken, and the host has \(available) available; "
                + "set a smaller 'size', or 'leave'"
        }
        if let leave, leave >= available {
            return "\(leave) bytes are to be left, and the host has no more than \(available) "
                + "available; leave less"
        }
        return nil
    }

    public func hostAim(_ planned: Plan.PlannedStep) -> HostAim {
        .exactly([.memory(ByteCount(bytes(of: HostMemory.available ?? 0)))])
    }

    /// What there is to take when so much is available.
    private func bytes(of available: UInt64) -> Int64 {
        size ?? max(0, Int64(clamping: available) - (leave ?? 0))
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        guard let available = HostMemory.available else {
            throw FaultError(
                attempted: goal, object: "memory", reason: "/proc/meminfo cannot be read")
        }
        let bytes = bytes(of: available)
        if let refusal = Self.refusal(size: size, leave: leave, available: available) {
            throw FaultError(attempted: goal, object: "memory", reason: refusal)
        }
        guard bytes > 0, bytes <= context.limits.memory.bytes else {
            throw FaultError(
                attempted: goal, object: "memory",
                reason: "\(available) bytes are available, and limits.memory is "
                    + "\(context.limits.memory.bytes)",
                remedy: "raise limits.memory, or leave another amount")
        }
        return LoadInjector(
            identifier: identifier, duration: duration, load: MemoryLoad(bytes: bytes),
            context: context)
    }
}

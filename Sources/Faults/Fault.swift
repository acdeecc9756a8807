public import Playbooks
public import Records
public import Systems

/// A kind of fault with the parameters of one step: one file in `Faults/` each.
public protocol Fault: Sendable {
    /// What a playbook may say of this kind.
    static var declaration: KindDeclaration { get }

    /// The ways to its effect, the strongest first, with what each needs of the host.
    static var backends: [BackendNeeds] { get }

    /// Checks what the declaration cannot say; throws ``FaultError`` with the way to put it right.
    init(step: FaultStep, identifier: String, limits: Limits) throws

    /// `f1`, `f2` … in the order of the method.
    var identifier: String { get }
    var step: FaultStep { get }

    /// The shortest time that it takes from its injection to its end, when nothing cuts it short.
    var shortestDuration: Duration { get }

    /// Says what the fault will be aimed at and how it will reach its effect; touches nothing.
    ///
    /// `system` is nil for a playbook whose target starts nothing.
    func plan(system: (any SystemUnderTest)?, host: HostCapabilities) -> Plan.PlannedStep

    /// Says what of the host, beyond the testbed, it would be aimed at if it began now; touches nothing.
    ///
    /// - Parameter planned: what ``plan(system:host:)`` said.
    func hostAim(_ planned: Plan.PlannedStep) -> HostAim

    /// Finds the exact objects; touches nothing. Throws ``FaultError`` when there are none.
    func resolve(in context: FaultContext) async throws -> any Injector
}

extension Fault {
    public var shortestDuration: Duration { step.duration ?? .zero }
}

import FaultProxy
import Kernel
public import Playbooks
public import Records
public import Systems

/// Lets the looking up of names fail, or take long, for what the testbed runs: `network.dns`.
///
/// A name server of the drill's own answers for the names, and asks the host's for all others. It
/// stands in a resolv.conf(5) that is laid over the host's in the drill's mount namespace, where the
/// testbed's processes are; nothing else on the host sees it. A hosts(5) without the names is laid
/// over the host's too, if that has any of them, and the name server knows their addresses.
public struct NetworkNames: Fault {
    public static let declaration = KindDeclaration(
        kind: "network.dns",
        summary: "Names cannot be looked up, or take long, for what the testbed runs.",
        parameters: [
            ParameterDeclaration(
                "names", .list(.string),
                "The names: 'db.internal', or '*.internal' for all below it.", isRequired: true),
            ParameterDeclaration(
                "answer", .choice(Answer.allCases.map(\.rawValue)),
                "What is answered: that there is no such name, that the server failed, or nothing."),
            ParameterDeclaration("delay", .duration, "How much later the answer comes."),
        ])

    /// What a playbook may let be answered.
    enum Answer: String, CaseIterable {
        case nxdomain, servfail, refused, timeout

        var effect: NameServer.Effect {
            switch self {
            case .nxdomain: .answer(.noSuchName)
            case .servfail: .answer(.serverFailure)
            case .refused: .answer(.refused)
            case .timeout: .silence
            }
        }
    }

    public static let backends = [
        BackendNeeds("resolver", [.mountNamespaces, .systemAdministration])
    ]

    public let identifier: String
    public let step: FaultStep
    private let names: [NamePattern]
    private let effect: NameServer.Effect
    private let duration: Duration

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        let texts = step.arguments.strings("names") ?? []
        guard (1...64).contains(texts.count) else {
            throw step.problem("it names no names, or more than 64", "set 'names: [db.internal]'")
        }
        names = try texts.map { text in
            guard let name = NamePattern(text) else {
                throw step.problem(
                    "'\(text)' is no name of a host", "write 'db.internal', or '*.internal'")
            }
            return name
        }
        let answer = step.arguments.string("answer").flatMap(Answer.init)
        switch (answer, step.arguments.duration("delay")) {
        case (let answer?, nil): effect = answer.effect
        case (nil, let delay?) where delay >= .milliseconds(20) && delay <= .seconds(30):
            effect = .delay(delay)
        case (nil, _?):
            throw step.problem("the delay is not from 20 ms to 30 s", "set 'delay: 2 s'")
        default:
            throw step.problem(
                "it says neither an answer nor a delay, or both",
                "set 'answer: nxdomain', or 'delay: 2 s'")
        }
        duration = try step.requiredDuration()
        let needed = NameTrials.neededTime(effect)
        guard duration >= needed else {
            throw step.problem(
                "it does not last long enough to be asked \(NameJudgement.neededTries) times",
                "make 'for' at least \(DurationText(needed))")
        }
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        var planned = Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): \(NameJudgement.words(effect)) for \(DurationText(duration))",
            objects: names.map { AimedObject.name($0.description).description })
        planned.backend = host.systemAdministration.isPresent ? "resolver" : ""
        planned.backendNote =
            host.systemAdministration.isPresent
            ? Self.note : "it takes a mount namespace of the drill's own: run as root"
        return planned
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        guard MountNamespace.isOwn else {
            throw FaultError(
                attempted: "lay a resolv.conf over the host's", object: ResolverFile.path,
                reason: "the drill has no mount namespace of its own", remedy: "run as root")
        }
        return NameInjector(
            identifier: identifier, duration: duration, names: names, effect: effect,
            note: Self.note, context: context)
    }

    private static let note =
        "a name server on loopback, and a resolv.conf and hosts that lead to it, in the drill's mount "
        + "namespace alone; programs that never read resolv.conf again, or ask a cache of the host's "
        + "by its own socket, pass it by"
}

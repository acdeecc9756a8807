import Kernel
import Playbooks
import Records
import Undo

@testable import Faults

/// The whole life of one fault on an interface in a network namespace of a test.
struct InterfaceLife {
    let kind: String
    var packets: PacketSelector
    var arguments: [String: ArgumentValue] = [:]
    var duration = Duration.seconds(2)

    private var place: String {
        packets.interface + (packets.namespace.map { " in \($0)" } ?? "")
    }

    func fault() throws -> any Fault {
        try FaultCatalogue.make(
            step: FaultStep(
                kind: kind, selector: Selector(packets: packets),
                arguments: Arguments(arguments), duration: duration),
            identifier: "f1", limits: Limits(interfaces: [place]))
    }

    /// Runs it to its end; `report` is told of each step.
    func run(
        report: @escaping @Sendable (Event) -> Void = { _ in }
    ) async throws -> FaultRecord {
        let context = FaultContext(
            testbed: nil, undo: OpenUndoStack(), limits: Limits(interfaces: [place]),
            host: .probe(),
            now: { DrillTime(nanoseconds: MonotonicClock.now) }, seed: 7, report: report,
            limitsUsed: LimitsUse())
        return await FaultLife(try fault(), context: context).run()
    }
}

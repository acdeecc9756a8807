import Records
import Undo

/// An injector on an interface that may vanish under it, with its network namespace or alone.
///
/// What is measured from then on would be the absence of the interface and not the fault: the hold
/// ends at once, and the effect is unproven whatever the numbers say.
actor WatchedInjector: Injector {
    nonisolated let aim: FaultAim
    private let inner: any Injector
    private let context: FaultContext
    private let missing: @Sendable () -> String?
    /// `interface n3 vanished after 4.0 s`; nil while it is there.
    private var loss: String?

    /// - Parameter missing: what is gone of what the fault stands on; nil while all is there.
    init(
        _ inner: any Injector, context: FaultContext,
        missing: @escaping @Sendable () -> String?
    ) {
        aim = inner.aim
        self.inner = inner
        self.context = context
        self.missing = missing
    }

    func snapshot() async throws { try await inner.snapshot() }

    func undoRecords() async -> [UndoRecord] { await inner.undoRecords() }

    func inject() async throws { try await inner.inject() }

    func readBack() async throws { try await inner.readBack() }

    func hold() async {
        let start = context.now()
        await withTaskGroup(of: String?.self) { group in
            group.addTask { [inner] in
                await inner.hold()
                return nil
            }
            group.addTask { [context, missing] in
                while !Task.isCancelled {
                    if let gone = missing() { return gone }
                    // A sleep that is cut short is noticed by the loop's condition.
                    try? await context.sleep(PlaceWatch.period)
                }
                return nil
            }
            // The first to end ends the other.
            let gone = await group.next() ?? nil
            group.cancelAll()
            if let gone { note(gone, since: start) }
        }
        // It may have gone after the last look.
        if loss == nil, let gone = missing() { note(gone, since: start) }
    }

    private func note(_ gone: String, since start: DrillTime) {
        let tenths = (context.now() - start).duration / .milliseconds(100)
        loss = "\(gone) vanished after \(tenths.rounded() / 10) s"
    }

    func proof() async -> EffectProof {
        guard let loss else { return await inner.proof() }
        return EffectProof(.unproven, loss)
    }

    /// Takes out what is left; with the interface went what was on it, and that is no error.
    func revert() async throws {
        do {
            try await inner.revert()
        } catch {
            guard missing() != nil else { throw error }
            if loss == nil { loss = "\(missing() ?? aim.backend) vanished when it was taken out" }
        }
    }

    func verify(isBrief: Bool) async -> UndoProof {
        // Flows over an interface that is gone say nothing of what is left.
        await inner.verify(isBrief: isBrief || loss != nil)
    }
}

extension PacketPlace {
    /// The injector, ended early when the interface or its namespace vanishes.
    func watched(_ injector: any Injector, context: FaultContext) -> any Injector {
        let watch = PlaceWatch(self)
        return WatchedInjector(injector, context: context) { watch.missing() }
    }
}

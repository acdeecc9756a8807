import Kernel
import Playbooks
import Records
import Undo

/// Resets chosen connections, once or again and again, and counts which are gone.
actor ResetInjector: Injector {
    nonisolated let aim: FaultAim
    private let identifier: String
    private let aims: [ResetAim]
    private let backend: any ResetBackend
    private let choice: ResetChoice
    /// Nil for a single volley.
    private let repetition: NetworkReset.Repetition?
    private let context: FaultContext
    private let table: SocketTable
    /// Keeps open the network namespace that the connections are in; nil for the drill's own.
    private let place: PacketPlace?

    private var tally = ResetTally()
    private var listenersBefore: Set<UInt16> = []
    private var failure: (any Error)?

    init(
        identifier: String, aims: [ResetAim], backend: any ResetBackend, note: String,
        choice: ResetChoice, repetition: NetworkReset.Repetition?, context: FaultContext,
        table: SocketTable = SocketTable(), place: PacketPlace? = nil
    ) {
        self.place = place
        self.identifier = identifier
        self.aims = aims
        self.backend = backend
        self.choice = choice
        self.repetition = repetition
        self.context = context
        self.table = table
        var requested = [Figure("share of the open connections", choice.share, .ratio)]
        if let repetition {
            requested += [
                Figure("every", Double(repetition.period.nanoseconds), .nanoseconds),
                Figure("duration", Double(repetition.duration.nanoseconds), .nanoseconds),
            ]
        }
        aim = FaultAim(
            backend: backend.name, backendNote: note, objects: aims.flatMap(\.objects),
            requested: requested)
    }

    /// Waits for a connection to be there: clients may be between two of them.
    func snapshot() async throws {
        var failure: (any Error)?
        _ = await context.wait(atMost: .seconds(5)) {
            do {
                return try !open().isEmpty
            } catch let error {
                failure = error
                return true
            }
        }
        if let failure { throw failure }
        // Where connections are there already, their own ports tell which listeners count.
        listenersBefore = try listeners().intersection(
            try open().map(\.local.port))
        try Task.checkCancellation()
    }

    func undoRecords() -> [UndoRecord] {
        [
            UndoRecord(
                identifier: identifier,
                summary: "resets of " + aims.map(\.name).joined(separator: ", "),
                reversal: .kernel(
                    lifetime: "a reset is over at once: listeners stay, and clients connect anew",
                    witnesses: [.nothing]))
        ]
    }

    func inject() async throws { try await fire() }

    /// The table has been read after the volley: a connection that lived through it is no reset.
    func readBack() throws {
        guard tally.gone < tally.chosen else { return }
        throw FaultError(
            attempted: "reset connections", object: aims.map(\.name).joined(separator: ", "),
            reason: "\(tally.chosen - tally.gone) of \(tally.chosen) are still established")
    }

    func hold() async {
        guard let repetition else { return }
        let end = context.now() + Nanoseconds(repetition.duration)
        var next = context.now() + Nanoseconds(repetition.period)
        while failure == nil, next < end, !Task.isCancelled {
            let pause = next - context.now()
            // A sleep that is cut short is noticed by the loop's condition.
            if pause.count > 0 { try? await context.sleep(pause.duration) }
            guard !Task.isCancelled else { return }
            do {
                try await fire()
            } catch {
                failure = error
            }
            next = max(next + Nanoseconds(repetition.period), context.now())
        }
        let rest = end - context.now()
        if rest.count > 0 { try? await context.sleep(rest.duration) }
    }

    func proof() -> EffectProof {
        var proof = tally.proof(share: choice.share, hasBothEnds: place == nil)
        if let failure {
            proof.injection = .mismatch
            proof.sentence += "; then a volley failed: \(failure)"
        }
        return proof
    }

    func revert() {}

    func verify(isBrief: Bool) -> UndoProof {
        do {
            let now = try listeners()
            let comparisons = listenersBefore.sorted().map { port in
                Comparison(
                    what: "listener on port \(port)", before: "there",
                    after: now.contains(port) ? "there" : "gone", isSame: now.contains(port))
            }
            let isClean = comparisons.allSatisfy(\.isSame)
            return UndoProof(isClean ? .clean : .residual, by: .kernel, comparisons: comparisons)
        } catch {
            return UndoProof(
                .unknown, by: .kernel,
                comparisons: [
                    Comparison(
                        what: "listeners", before: "there", after: "unreadable: \(error)",
                        isSame: false)
                ])
        }
    }

    /// Resets the share of each aim's connections, and reads the table until they are gone.
    private func fire() async throws {
        let number = tally.volleys
        let all = try table.sockets()
        let open = open(among: all)
        let chosen = aims.flatMap { aim in
            choice.chosen(from: aim.connections(open), volley: number)
        }
        var reset = try await backend.reset(chosen)
        var after: [SocketTableEntry] = []
        // The peer's end goes when the RST has arrived, a moment later.
        for attempt in 0..<400 {
            if attempt > 0 { try await context.sleep(.milliseconds(5)) }
            after = try table.sockets()
            let alive = ResetTally.alive(chosen, in: after)
            if alive.isEmpty { break }
            // The kernel lists a connection before its server, or its proxy, has accepted it.
            reset += try await backend.reset(alive.filter { !reset.contains($0) })
        }
        tally.count(
            open: open.count, chosen: chosen, ended: chosen.count - reset.count, after: after,
            beside: beside(chosen, open: open, all: all))
    }

    /// What was not chosen and has no reason to end with what was.
    ///
    /// In a testbed a proxy ends its other half of a connection too, so that only those that could
    /// have been chosen tell; on an interface all others of the host do, but for the peers' ends.
    private func beside(
        _ chosen: [SocketTableEntry], open: [SocketTableEntry], all: [SocketTableEntry]
    ) -> [SocketTableEntry] {
        let cookies = Set(chosen.map(\.cookie))
        let peers = Set(chosen.map { [$0.remote, $0.local] })
        return (place == nil ? open : all).filter {
            !cookies.contains($0.cookie) && !peers.contains([$0.local, $0.remote])
        }
    }

    private func open() throws -> [SocketTableEntry] { open(among: try table.sockets()) }

    private func open(among sockets: [SocketTableEntry]) -> [SocketTableEntry] {
        let meant = Set(aims.flatMap { $0.connections(sockets) }.map(\.cookie))
        return sockets.filter { meant.contains($0.cookie) }
    }

    private func listeners() throws -> Set<UInt16> {
        Set(try table.sockets(in: [.listening]).map(\.local.port))
    }
}

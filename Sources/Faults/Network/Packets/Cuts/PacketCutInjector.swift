import Glibc
import Kernel
import Playbooks
import Records
import Undo

/// Cuts packets of an interface by a table that ends with the drill, and counts what passes.
///
/// What counts is in before the fault is: it changes nothing, and ends with the drill too.
actor PacketCutInjector: Injector {
    nonisolated let aim: FaultAim
    private let identifier: String
    private let duration: Duration
    private let cut: PacketCut
    private let place: PacketPlace
    private let beside: FrameFlow
    private let context: FaultContext

    private var table: NftablesTable?
    private var witness: NftablesTable?
    private var accounts: [PacketCutAccount]
    /// What had passed when the cut was in.
    private var passedBefore: [[UInt64]] = []
    private var refusedBefore: [UInt64] = []
    private var injectedAt: DrillTime?
    private var besideTally: PacketTally?

    /// How long the interface is watched before and after the cut.
    static let watch = Duration.seconds(1)

    init(
        identifier: String, duration: Duration, place: PacketPlace, loss: PacketCut.Loss,
        note: String, sparing spared: [UInt16], context: FaultContext
    ) {
        self.identifier = identifier
        self.duration = duration
        self.place = place
        self.context = context
        cut = PacketCut(
            packets: place.packets, index: place.index, loss: loss, spared: spared)
        accounts = place.packets.directions.map { direction in
            PacketCutAccount(
                name: (direction == .egress ? "going out" : "coming in")
                    + " over \(place.packets.place)")
        }
        beside = FrameFlow(
            open: { [headers = cut.headersBeside(payload: 4 + TrialPacket.size)] in
                try FrameSocket(
                    interface: place.index, headers: headers, namespace: place.descriptor)
            },
            now: context.now, sleep: context.sleep)
        aim = FaultAim(
            backend: "nftables", backendNote: note,
            objects: place.packets.directions.flatMap { direction in
                place.packets.aims(direction).map {
                    .rules(interface: place.packets.place, $0)
                }
            },
            requested: [Figure("duration", Double(duration.nanoseconds), .nanoseconds)])
    }

    private var tableName: String { "firedrill-\(getpid())-\(identifier)" }
    private var witnessName: String { "\(tableName)-passed" }

    func snapshot() async throws {
        witness = try NftablesTable(
            name: witnessName, chains: cut.passages + cut.refusals, namespace: place.descriptor)
        _ = await context.wait(atMost: Self.watch) { false }
        try Task.checkCancellation()
        for (index, passed) in try passed().enumerated() {
            accounts[index].before = passed.dropLast().reduce(0, +)
        }
    }

    func undoRecords() -> [UndoRecord] {
        let reversal = Reversal.kernel(
            lifetime: "the kernel deletes nftables table \(tableName) when the drill ends",
            witnesses: [.table(tableName), .table(witnessName)])
        return [
            UndoRecord(
                identifier: identifier,
                summary: "nftables cut of packets over \(place.packets.place)",
                reversal: place.namespace.map { .inside($0.identity, reversal) } ?? reversal)
        ]
    }

    func inject() throws {
        table = try NftablesTable(
            name: tableName, chains: cut.chains, namespace: place.descriptor)
        passedBefore = try passed()
        refusedBefore = try refused()
        injectedAt = context.now()
    }

    func readBack() throws {
        let differences = try table?.differences() ?? ["the table was never made"]
        guard differences.isEmpty else {
            throw FaultError(
                attempted: "read the rules back", object: "nftables table \(tableName)",
                reason: differences.joined(separator: "; "))
        }
    }

    func hold() async {
        let end = context.now() + Nanoseconds(duration)
        let drain = Duration.milliseconds(100)
        besideTally = await beside.run(for: max(.zero, duration - drain * 2), drain: drain)
        let left = (end - context.now()).duration
        if left > .zero { try? await context.sleep(left) }
    }

    func proof() -> EffectProof {
        do {
            try count()
        } catch {
            return EffectProof(.unproven, "the packets could not be counted: \(error)")
        }
        return PacketCutAccount.proof(of: accounts, beside: besideTally)
    }

    /// Takes the counters down, as long as the cut is in.
    private func count() throws {
        guard let table else { return }
        let cuts = try table.counts()
        for (index, refused) in try refused().enumerated()
        where refusedBefore.indices.contains(index) {
            accounts[index].refusals = refused &- refusedBefore[index]
        }
        for (index, passed) in try passed().enumerated() where passedBefore.indices.contains(index)
        {
            let new = zip(passed, passedBefore[index]).map { $0 &- $1 }
            accounts[index].cut = cuts[index].dropFirst(cut.spared.count)
                .reduce(0) { $0 + $1.packets }
            accounts[index].held = injectedAt.map { (context.now() - $0).duration }
            accounts[index].divide(new)
        }
    }

    /// What has passed each rule of the witness, for each direction.
    private func passed() throws -> [[UInt64]] {
        try witness?.counts().prefix(accounts.count).map {
            $0.dropFirst(cut.spared.count).map(\.packets)
        } ?? []
    }

    /// How many refusals have left, for each direction.
    private func refused() throws -> [UInt64] {
        try witness?.counts().dropFirst(accounts.count).map { rules in
            rules.reduce(0) { $0 + $1.packets }
        } ?? []
    }

    func revert() {
        // What cannot be counted any more was counted before.
        try? count()
        table?.close()
        table = nil
    }

    func verify(isBrief: Bool) async -> UndoProof {
        if !isBrief { await countAfter() }
        witness?.close()
        witness = nil
        let comparisons = [tableName, witnessName].map { name in
            let isIn = Result { try NftablesTable.exists(name: name, namespace: place.descriptor) }
            let after: String
            switch isIn {
            case .success(let isThere): after = isThere ? "present" : "absent"
            case .failure(let error): after = "\(error)"
            }
            return Comparison(
                what: "nftables table \(name)", before: "absent", after: after,
                isSame: after == "absent")
        }
        return UndoProof(
            comparisons.allSatisfy(\.isSame) ? .clean : .residual, by: .drill,
            comparisons: comparisons)
    }

    /// Counts what passes again; a connection that was cut may take long to try again.
    private func countAfter() async {
        guard let start = try? passed() else { return }
        _ = await context.wait(atMost: Self.watch) { false }
        guard let end = try? passed() else { return }
        for index in accounts.indices where end.indices.contains(index) {
            let new = zip(end[index], start[index]).map { $0 &- $1 }
            accounts[index].after = new.dropLast().reduce(0, +)
        }
    }
}

import FaultProxy
import Glibc
import Kernel
import Systems
import Undo

/// Cuts links in the kernel, by rules on the ports at which their proxies listen.
///
/// A link has a port of its own, which only its source dials, so that the port tells its packets
/// from all others. They vanish where they come in from `lo`: the sender's kernel has sent them.
actor NftablesCut: CutBackend {
    nonisolated let name = "nftables"
    nonisolated let objects: [AimedObject]
    nonisolated let lifetime: String
    nonisolated let witnesses: [KernelWitness]
    private let cuts: [LinkCut]
    private let tableName: String
    private var table: NftablesTable?
    private var lastCount: [UInt64]?

    init(cuts: [LinkCut], identifier: String) {
        self.cuts = cuts
        // Drills beside this one have tables of their own.
        tableName = "firedrill-\(getpid())-\(identifier)"
        witnesses = [.table(tableName)]
        lifetime = "the kernel deletes nftables table \(tableName) when the drill ends"
        objects = cuts.map {
            .flow(
                link: $0.link.name, interface: CutBackendChoice.interface, port: $0.link.proxy.port)
        }
    }

    /// The rules of one cut.
    static func rules(for cut: LinkCut, interface: Int32) -> [NftablesRule] {
        let port = UInt16(clamping: cut.link.proxy.port)
        let loopback = AddressRange("127.0.0.1")
        let there = FlowMatch(
            incoming: interface, destination: loopback, transport: .tcp,
            destinationPorts: port...port)
        var back = FlowMatch(
            incoming: interface, source: loopback, transport: .tcp, sourcePorts: port...port)
        switch cut.loss {
        case .requests: return [NftablesRule(there, .drop)]
        case .answers: return [NftablesRule(back, .drop)]
        case .both: return [NftablesRule(there, .drop), NftablesRule(back, .drop)]
        case .refused: return [NftablesRule(there, .reset)]
        case .replies:
            back.carriesPayload = true
            return [NftablesRule(back, .drop)]
        }
    }

    func inject() throws {
        let interface = try NetworkInterface.index(of: CutBackendChoice.interface)
        let rules = cuts.flatMap { Self.rules(for: $0, interface: interface) }
        table = try NftablesTable(
            name: tableName, chains: [NftablesChain(name: "cut", hook: .input, rules: rules)])
    }

    func readBack() throws {
        let differences = try table?.differences() ?? ["the table was never made"]
        guard differences.isEmpty else {
            throw FaultError(
                attempted: "read the rules back", object: "nftables table \(tableName)",
                reason: differences.joined(separator: "; "))
        }
    }

    func revert() {
        // What cannot be counted any more was counted before.
        _ = try? packetsLost()
        table?.close()
        table = nil
    }

    func isIn() throws -> Bool { try NftablesTable.exists(name: tableName) }

    func packetsLost() throws -> [UInt64]? {
        guard let table else { return lastCount }
        var counts = try table.counts().joined().map(\.packets)[...]
        lastCount = cuts.map { cut in
            let rules = Self.rules(for: cut, interface: 1).count
            defer { counts = counts.dropFirst(rules) }
            return counts.prefix(rules).reduce(0, +)
        }
        return lastCount
    }
}

import Kernel
import Playbooks
import Records

/// What a step says of a rate, and which way bounds it.
struct RateArguments {
    /// What bounds a rate, the usual one first.
    enum Backend: String, CaseIterable { case htb, netem }

    static let declarations: [ParameterDeclaration] = [
        ParameterDeclaration(
            "bytes_per_second", .byteCount,
            "The rate of all packets together, headers included; at least 10 kB.",
            isRequired: true),
        ParameterDeclaration(
            "packet_overhead", .integer(-64...1500),
            "Bytes that each packet counts more, or less: a tunnel's headers; by netem."),
        ParameterDeclaration(
            "cell_size", .integer(1...9000),
            "Packets count in whole cells of this many bytes, as over ATM; by netem."),
        ParameterDeclaration(
            "cell_overhead", .integer(-64...1500),
            "Bytes that each cell counts more, or less; by netem."),
        ParameterDeclaration(
            "backend", .choice(["auto"] + Backend.allCases.map(\.rawValue)),
            "What bounds the rate; auto takes htb, and netem for overheads and cells.",
            default: .string("auto")),
    ]

    /// The fastest that is taken for a rate and not for a slip: 100 Gbit a second.
    static let highestRate: Int64 = 12_500_000_000

    let rate: NetemRate
    private(set) var backend: Backend
    /// Whether the playbook leaves the backend to the host, and netem would do.
    private let isOpen: Bool

    init(_ step: FaultStep) throws {
        let arguments = step.arguments
        let bytes = arguments.byteCount("bytes_per_second")?.bytes ?? 0
        guard bytes >= TokenBucketTree.lowestRate else {
            throw step.problem(
                "the rate is under \(TokenBucketTree.lowestRate) bytes a second",
                "set 'bytes_per_second: 64 KiB'")
        }
        guard bytes <= Self.highestRate else {
            throw step.problem(
                "the rate is over \(Self.highestRate) bytes a second, which is 100 Gbit/s",
                "set one that the packets can meet, such as 'bytes_per_second: 10 MB'")
        }
        let number = { (name: String) in Int32(clamping: arguments.integer(name) ?? 0) }
        rate = NetemRate(
            bytesPerSecond: UInt64(bytes), packetOverhead: number("packet_overhead"),
            cellSize: UInt32(number("cell_size")), cellOverhead: number("cell_overhead"))
        let isPlain = rate == NetemRate(bytesPerSecond: rate.bytesPerSecond)
        let asked = arguments.string("backend").flatMap(Backend.init)
        if asked == .htb, !isPlain {
            throw step.problem(
                "htb counts no overheads and no cells", "leave 'backend' out, or set it to netem")
        }
        if rate.cellSize == 0, rate.cellOverhead != 0 {
            throw step.problem("a cell's overhead needs cells", "set 'cell_size: 48'")
        }
        if rate.cellSize > 0, Int64(rate.cellSize) + Int64(rate.cellOverhead) <= 0 {
            throw step.problem(
                "a cell would count nothing", "set a 'cell_overhead' over -\(rate.cellSize)")
        }
        backend = asked ?? (isPlain ? .htb : .netem)
        isOpen = asked == nil && isPlain
    }

    /// The same with netem where the host has no htb and the playbook insists on none.
    func chosen(for host: HostCapabilities) -> RateArguments {
        guard isOpen, !host.tokenBuckets.isPresent, host.netem.isPresent else { return self }
        var chosen = self
        chosen.backend = .netem
        return chosen
    }

    /// The tree that bounds the rate of some packets.
    func tree(_ aims: [PacketAim]) -> any RootTree {
        switch backend {
        case .htb: TokenBucketTree(interface: 0, aims: aims, rate: rate.bytesPerSecond)
        case .netem: PortNetem(interface: 0, aims: aims, parameters: NetemParameters(rate: rate))
        }
    }

    /// How long what waits takes to leave once the bound is taken out.
    var longestDebt: Duration {
        switch backend {
        case .htb:
            TokenBucketTree(interface: 0, aims: [], rate: rate.bytesPerSecond).longestDebt
        // netem has given each packet its time when it came in.
        case .netem: NetemParameters(rate: rate).longestDebt
        }
    }

    /// `100 kB a second, 24 more for each packet, in cells of 48 and 5`.
    var words: String {
        var words = ["\(rate.text) a second"]
        if rate.packetOverhead != 0 {
            words.append("each packet counts \(rate.packetOverhead) more")
        }
        if rate.cellSize > 0 {
            words.append("in cells of \(rate.cellSize) that count \(rate.cellOverhead) more")
        }
        return words.joined(separator: ", ")
    }

    /// What the host lacks for it.
    func lacks(_ host: HostCapabilities) -> [String] {
        switch backend {
        case .htb where !host.tokenBuckets.isPresent:
            ["sch_htb is absent (\(host.tokenBuckets.reason))"]
        case .netem where !host.netem.isPresent:
            ["sch_netem is absent (\(host.netem.reason))"]
        case .htb, .netem: []
        }
    }
}

extension NetemRate {
    /// The rate as the playbook writes it: `100 kB`.
    var text: String { ByteCount(Int64(clamping: bytesPerSecond)).text }

    /// The unit of the playbook's own family.
    var unit: Figure.Unit { text.contains("iB") ? .bytes : .decimalBytes }

    /// What packets count of the rate: a range where the cells of each one cannot be known.
    func counted(bytes: UInt64, packets: UInt64) -> ClosedRange<Double> {
        let plain = Double(bytes) + Double(packets) * Double(packetOverhead)
        guard cellSize > 0 else { return plain...plain }
        let cell = Double(cellSize)
        let growth = (cell + Double(cellOverhead)) / cell
        return plain * growth...(plain + Double(packets) * (cell - 1)) * growth
    }
}

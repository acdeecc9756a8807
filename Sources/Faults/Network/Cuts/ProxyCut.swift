import FaultProxy
import Systems
import Undo

/// Cuts links by toxics on their proxies.
actor ProxyCut: CutBackend {
    nonisolated let name = "proxy"
    nonisolated let objects: [AimedObject]
    nonisolated let lifetime = "the proxy's sockets close when the drill ends"
    nonisolated let witnesses = [KernelWitness].endOfThisProcess
    private let cuts: [LinkCut]
    private var handles: [ToxicHandle?]

    init(cuts: [LinkCut]) {
        self.cuts = cuts
        handles = Array(repeating: nil, count: cuts.count)
        objects = cuts.map { .link($0.link.name) }
    }

    static func toxic(for loss: LinkCut.Loss) -> (toxic: Toxic, direction: ProxyDirection) {
        switch loss {
        case .requests: (.blackhole, .upstream)
        case .answers, .replies: (.blackhole, .downstream)
        case .both: (.blackhole, .both)
        case .refused: (.reset, .both)
        }
    }

    func inject() async {
        for (index, cut) in cuts.enumerated() {
            let (toxic, direction) = Self.toxic(for: cut.loss)
            handles[index] = await cut.link.proxy.add(toxic, direction: direction)
        }
    }

    func readBack() throws {
        for (cut, handle) in zip(cuts, handles) {
            let (toxic, direction) = Self.toxic(for: cut.loss)
            let isIn = cut.link.proxy.toxics.contains {
                $0.handle == handle && $0.toxic == toxic && $0.direction == direction
            }
            guard isIn else {
                throw FaultError(
                    attempted: "read the toxic back", object: cut.link.name,
                    reason: "the proxy does not hold it")
            }
        }
    }

    func revert() async {
        for (cut, handle) in zip(cuts, handles) {
            if let handle { await cut.link.proxy.remove(handle) }
        }
    }

    func isIn() -> Bool {
        zip(cuts, handles).contains { cut, handle in
            cut.link.proxy.toxics.contains { $0.handle == handle }
        }
    }

    func packetsLost() -> [UInt64]? { nil }
}

import FaultProxy
import Playbooks
import Records
import Systems
import Undo

/// Delays links by a latency toxic on their proxies.
actor ProxyDelay: DelayBackend {
    nonisolated let name = "proxy"
    nonisolated let objects: [AimedObject]
    private let links: [TestbedLink]
    private let toxic: Toxic
    private var handles: [ToxicHandle?]
    private var bytesHeld = 0

    init(links: [TestbedLink], delay: Duration, jitter: Duration) {
        self.links = links
        toxic = .latency(delay, jitter: jitter)
        handles = Array(repeating: nil, count: links.count)
        objects = links.map { .link($0.name) }
    }

    func snapshot() {}

    func undoRecord(identifier: String) -> UndoRecord {
        UndoRecord(
            identifier: identifier,
            summary: "latency in the proxy of " + links.map(\.name).joined(separator: ", "),
            reversal: .kernel(
                lifetime: "the proxy's sockets close when the drill ends",
                witnesses: .endOfThisProcess))
    }

    func inject() async {
        for index in links.indices {
            handles[index] = await links[index].proxy.add(toxic, direction: .upstream)
        }
    }

    func readBack() throws {
        for (link, handle) in zip(links, handles) {
            let isIn = link.proxy.toxics.contains {
                $0.handle == handle && $0.toxic == toxic && $0.direction == .upstream
            }
            guard isIn else {
                throw FaultError(
                    attempted: "read the toxic back", object: link.name,
                    reason: "the proxy does not hold it")
            }
        }
    }

    func findings() -> DelayFindings { DelayFindings() }

    func revert(isBrief: Bool) async {
        for index in links.indices {
            guard let handle = handles[index] else { continue }
            bytesHeld += await links[index].proxy.remove(handle).bytesHeld
        }
    }

    func comparisons() -> [Comparison] {
        zip(links, handles).map { link, handle in
            let isIn = link.proxy.toxics.contains { $0.handle == handle }
            return Comparison(
                what: "our toxic in the proxy of \(link.name)", before: "absent",
                after: isIn ? "present" : "absent, \(bytesHeld) held bytes sent on",
                isSame: !isIn)
        }
    }
}

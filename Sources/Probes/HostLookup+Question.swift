import Playbooks
import Records
import Systems

extension HostLookup {
    /// Asks at one address after the other until the question got through, within one bound.
    ///
    /// - Parameter question: asks at an address within a bound; its answer is the last one when
    ///   `isFinal`, or when there is no further address.
    func ask(
        within limit: Duration, now: @Sendable () -> DrillTime,
        _ question: (_ address: String, _ left: Duration) async -> (NodeAnswer, isFinal: Bool)
    ) async -> NodeAnswer {
        let end = now() + Nanoseconds(limit)
        switch await addresses(within: limit) {
        case .failure(let failure): return NodeAnswer(.unknown, failure.rawValue)
        case .success(let addresses):
            var last = NodeAnswer(.unknown, Failure.notResolved.rawValue)
            for address in addresses.prefix(Self.maximumAddresses) {
                let left = (end - now()).duration
                guard left > .zero else { break }
                let (answer, isFinal) = await question(address, left)
                if isFinal { return answer }
                last = answer
            }
            return last
        }
    }
}

import NIOPosix
import Playbooks
import Systems

/// Sends the requests of one delivery, each within a bound.
struct RequestSender {
    /// The most bytes of an answer; a page of a hundred long comments fits.
    private static let answerLimit = ByteCount(16 << 20)

    private let client: HTTPClient
    private let patience: Duration

    /// Throws when the certificates to trust cannot be read.
    init(authorities: String?, patience: Duration) throws(SystemError) {
        client = HTTPClient(
            group: MultiThreadedEventLoopGroup.singleton, maximumAnswer: Self.answerLimit,
            maximumIdle: .zero, security: try TransportSecurity(authorities: authorities))
        self.patience = patience
    }

    func close() async { await client.close() }

    /// Delivers a message, unless an earlier attempt is found to have arrived.
    func perform(
        _ message: MessageRequest, _ delivery: OutboxEntry, now: @Sendable () -> Int64
    ) async -> DeliveryResult {
        do throws(IncidentError) {
            if delivery.attempts > 1, let search = try message.search(since: delivery.queuedAt) {
                switch await send(search) {
                case .failure(let failure): return AnswerJudgement.judge(failure)
                case .success(let answer):
                    let verdict = AnswerJudgement.judge(answer, now: now())
                    guard verdict == .delivered else { return verdict }
                    // JSON may spell `<` and `>` by their numbers, and the key never.
                    if answer.text.contains("firedrill:\(delivery.notice.key)") {
                        return .delivered
                    }
                }
            }
            switch await send(try message.delivery(now: now())) {
            case .failure(let failure): return AnswerJudgement.judge(failure)
            case .success(let answer): return AnswerJudgement.judge(answer, now: now())
            }
        } catch {
            return .refused(reason: error.description)
        }
    }

    /// Sends a request to the first of the host's addresses that takes it.
    private func send(_ request: HTTPRequest) async -> Result<HTTPAnswer, ExchangeFailure> {
        func failure(_ reason: ExchangeFailure.Reason, _ detail: String) -> ExchangeFailure {
            ExchangeFailure(.notSent, reason, detail: detail)
        }
        guard let host = HostLookup(request.host) else {
            return .failure(failure(.invalidRequest, "its host is no host"))
        }
        let start = ContinuousClock.now
        var last = failure(.unreachable, "no address")
        guard case .success(let addresses) = await host.addresses(within: patience) else {
            return .failure(failure(.unreachable, "its name was not resolved"))
        }
        for address in addresses.prefix(HostLookup.maximumAddresses) {
            let left = patience - start.duration(to: .now)
            guard left > .zero else { break }
            var request = request
            request.name = request.host
            request.host = address
            switch await client.send(request, deadline: left) {
            case .success(let answer): return .success(answer)
            case .failure(let failure):
                last = failure
                guard failure.delivery == .notSent else { return .failure(failure) }
            }
        }
        return .failure(last)
    }
}

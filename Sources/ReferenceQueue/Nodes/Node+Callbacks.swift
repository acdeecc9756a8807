import NIOCore
import NIOHTTP1
import Synchronization

/// Delivery of messages that name a URL: the node posts the body there itself.
extension Node {
    /// How many callbacks are under way at most.
    static let callbackLimit = 16

    /// Posts messages one after the other; until the node stops.
    ///
    /// An answer of 2xx acknowledges the message; anything else is a failed delivery, which backs
    /// off as every other does.
    func callbackLoop() async {
        var link: HTTPLink?
        var target: HTTPAddress?
        while !shared.withLock({ $0.isStopping }) {
            let lease = Int64(configuration.callbackTimeout.milliseconds * 2) + 1000
            guard let delivery = try? await reserve(.callbacks, wait: 1000, lease: lease) else {
                // Nothing came in time, or this node is no primary.
                try? await Task.sleep(for: .milliseconds(20))
                continue
            }
            guard let url = delivery.message.callbackURL, let address = HTTPAddress(url) else {
                await settle(delivery, error: "the callback's address is not plain http")
                continue
            }
            if target?.host != address.host || target?.port != address.port {
                link?.close()
                link = HTTPLink(host: address.host, port: address.port)
                target = address
            }
            let error = await link?.post(
                delivery.message.body, to: address.path, timeout: configuration.callbackTimeout)
            await settle(delivery, error: error ?? nil)
        }
    }

    private func settle(_ delivery: Delivery, error: String?) async {
        shared.withLock { shared in
            shared.counts.callbacks += 1
            if error != nil { shared.counts.callbackFailures += 1 }
        }
        // When it cannot be settled now, its lease lapses and it is delivered again.
        if let error {
            try? await reject(delivery.message.id, delivery.receipt, error: error)
        } else {
            try? await acknowledge(delivery.message.id, delivery.receipt)
        }
    }
}

extension HTTPLink {
    /// Posts a text; gives why it failed, or nil.
    fileprivate func post(_ text: String, to path: String, timeout: Duration) async -> String? {
        do {
            let answer = try await send(
                .POST, path, body: ByteBuffer(string: text), contentType: "text/plain",
                timeout: timeout)
            return (200..<300).contains(answer.status) ? nil : "callback answered \(answer.status)"
        } catch {
            return "callback failed: \(error)"
        }
    }
}

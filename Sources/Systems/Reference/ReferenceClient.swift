import FoundationEssentials
import Playbooks
import Records
import Synchronization

/// A client of the embedded service over HTTP; nodes are reached by the ports of their links.
final class ReferenceClient: QueueClient {
    private struct Reservation: Decodable {
        var id: String
        var receipt: String
        var body: String
        var attempt: Int?
    }

    private let client: HTTPClient
    /// Node to port: the proxies of the clients' links.
    private let ports: [String: Int]

    init(client: HTTPClient, ports: [String: Int]) {
        self.client = client
        self.ports = ports
    }

    func enqueue(
        _ message: MessageIdentifier, body: [UInt8], queue: String, on node: String,
        deadline: Duration
    ) async -> Answer<Void> {
        var json: [UInt8] = Array(#"{"body":"#.utf8)
        json.reserveCapacity(body.count + 32)
        JSONText.append(body, to: &json)
        json.append(UInt8(ascii: "}"))
        let result = await post(
            "/v1/queues/\(PathText.encoded(queue))/messages", json, on: node, deadline: deadline,
            fields: [HTTPField("Idempotency-Key", message.description)])
        return ReferenceAnswers.answer(result) { $0.status == 201 ? () : nil }
    }

    func reserve(
        queue: String, on node: String, lease: Duration, wait: Duration, deadline: Duration
    ) async -> Answer<Delivery?> {
        let json =
            #"{"wait_ms":\#(Self.milliseconds(min(wait, deadline))),"#
            + #""lease_ms":\#(Self.milliseconds(lease))}"#
        let result = await post(
            "/v1/queues/\(PathText.encoded(queue))/reserve", Array(json.utf8), on: node,
            deadline: deadline)
        return ReferenceAnswers.answer(result) { answer -> Delivery?? in
            if answer.status == 204 { return .some(nil) }
            guard
                let reservation = try? JSONDecoder().decode(
                    Reservation.self, from: Data(answer.body))
            else { return nil }
            return Delivery(
                handle: "\(reservation.id) \(reservation.receipt)",
                body: Array(reservation.body.utf8), number: reservation.attempt)
        }
    }

    func acknowledge(_ delivery: Delivery, on node: String, deadline: Duration) async
        -> Answer<Void>
    {
        await settle(delivery, "ack", [], on: node, deadline: deadline)
    }

    func refuse(_ delivery: Delivery, reason: String, on node: String, deadline: Duration) async
        -> Answer<Void>
    {
        var error: [UInt8] = Array(#","error":"#.utf8)
        JSONText.append(Array(reason.utf8), to: &error)
        return await settle(delivery, "nack", error, on: node, deadline: deadline)
    }

    func close() async {
        await client.close()
    }

    private func settle(
        _ delivery: Delivery, _ verb: String, _ more: [UInt8], on node: String, deadline: Duration
    ) async -> Answer<Void> {
        let parts = delivery.handle.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else {
            return .failed(
                answer: "invalid request", redirect: nil, retryAfter: nil, isFinal: true)
        }
        var json: [UInt8] = Array(#"{"receipt":"#.utf8)
        JSONText.append(Array(parts[1].utf8), to: &json)
        json.append(contentsOf: more)
        json.append(UInt8(ascii: "}"))
        let path = "/v1/messages/\(PathText.encoded(String(parts[0])))/\(verb)"
        let result = await post(path, json, on: node, deadline: deadline)
        return ReferenceAnswers.answer(result) { _ in () }
    }

    private func post(
        _ path: String, _ body: [UInt8], on node: String, deadline: Duration,
        fields: [HTTPField] = []
    ) async -> Result<HTTPAnswer, ExchangeFailure> {
        guard let port = ports[node] else {
            return .failure(
                ExchangeFailure(.notSent, .invalidRequest, detail: "there is no node '\(node)'"))
        }
        return await client.send(
            HTTPRequest(
                "POST", port: port, path: path,
                fields: [HTTPField("Content-Type", "application/json")] + fields, body: body),
            deadline: deadline)
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        max(0, duration.nanoseconds / 1_000_000)
    }
}

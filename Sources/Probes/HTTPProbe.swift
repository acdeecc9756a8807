import NIOPosix
public import Playbooks
public import Records
import Systems

/// Asks over HTTP/1.1, each time on a new connection, as a load balancer's health check does.
///
/// A redirect is an answer like any other and is not followed. What a certificate lacks is the
/// service's failure, a name that is not found the probe's: a dead resolver says nothing of the
/// service.
///
/// A kept connection would hide that the service accepts no new ones, and would count a restart of
/// the service as an error of its own.
public struct HTTPProbe: Probe {
    /// The longest wait for an answer when the playbook says nothing.
    static let usualPatience: Duration = .seconds(2)

    public static let declaration = KindDeclaration(
        kind: "http",
        summary: "Asks over HTTP or HTTPS and expects a status, a text and an answer in time.",
        selector: .optional,
        parameters: [
            .init(
                "url", .string,
                "Where to ask, 'https://queue.example/health'; or 'on' and 'path'."),
            .init("path", .string, "The path to ask for at the node that 'on' names."),
            .init(
                "method", .choice(["GET", "HEAD", "OPTIONS", "POST"]), "The request's method.",
                default: .string("GET")),
            .init(
                "ca", .string,
                "A file of certificates (PEM) to trust for https, instead of the host's own."),
            .init(
                "insecure", .boolean, "Whether https goes on without verifying the certificate.",
                default: .boolean(false)),
            .init(
                "expect",
                .mapping([
                    .init(
                        "status", .integer(100...599),
                        "The status, redirects are not followed; left out, any from 200 to 299."),
                    .init(
                        "within", .duration, "The longest wait for the whole answer.",
                        default: .duration(usualPatience)),
                    .init("body_contains", .string, "A text that the answer's body contains."),
                ]), "What a healthy answer is."),
        ])

    private enum Aim {
        case request(HTTPRequest, HostLookup)
        case nodes(path: String)
    }

    private let step: ProbeStep
    private let aim: Aim
    private let method: String
    private let status: ClosedRange<Int>
    private let within: Duration
    private let text: [UInt8]?
    private let client: HTTPClient

    public init(step: ProbeStep) throws {
        self.step = step
        let arguments = step.arguments
        method = arguments.string("method") ?? "GET"
        let expected = arguments.mapping("expect")
        status = expected?.integer("status").map { Int($0)...Int($0) } ?? 200...299
        within = expected?.duration("within") ?? Self.usualPatience
        guard within > .zero else { throw ProbeError(step, "'within' must be more than 0") }
        text = expected?.string("body_contains").map { Array($0.utf8) }
        aim = try Self.aim(step, method)
        client = HTTPClient(
            group: MultiThreadedEventLoopGroup.singleton, maximumAnswer: ByteCount(1 << 20),
            maximumIdle: .zero, security: try Self.security(step, aim))
    }

    public func planned(_ shown: (String) -> String) -> [String] {
        switch aim {
        case .request: ["\(method) \(shown(step.arguments.string("url") ?? ""))"]
        case .nodes(let path): ["\(method) \(shown(path)) of the testbed's nodes"]
        }
    }

    public func ask(context: ProbeContext) async -> [ProbeSample] {
        switch aim {
        case .request(let request, let host):
            let started = context.now()
            let answer = await host.ask(within: min(within, context.bound), now: context.now) {
                var request = request
                request.name = request.host
                request.host = $0
                return await self.answer(to: request, within: $1)
            }
            return [NodeQuestion.sample(step, nil, from: started, context, answer)]
        case .nodes(let path):
            return await NodeQuestion.ask(step, context: context) { node, testbed in
                guard let address = testbed.address(of: node.name),
                    let request = Self.request(method, address: address, path: path)
                else { return NodeAnswer(.unknown, "no HTTP address") }
                return await answer(to: request, within: min(within, context.bound)).0
            }
        }
    }

    public func close() async { await client.close() }

    /// Final unless the request certainly never left, so that another address may be asked.
    private func answer(
        to request: HTTPRequest, within: Duration
    ) async -> (NodeAnswer, isFinal: Bool) {
        var request = request
        request.fields.append(HTTPField("Connection", "close"))
        switch await client.send(request, deadline: within) {
        case .success(let answer): return (judge(answer), isFinal: true)
        case .failure(let failure):
            return (Self.judge(failure), isFinal: failure.delivery != .notSent)
        }
    }

    private func judge(_ answer: HTTPAnswer) -> NodeAnswer {
        let status = String(answer.status)
        guard self.status.contains(answer.status) else { return NodeAnswer(.unhealthy, status) }
        if let text, !answer.body.contains(text) {
            return NodeAnswer(.unhealthy, "\(status), other body")
        }
        return NodeAnswer(.healthy, status)
    }

    /// No answer is the service's failure, unless the question never left the probe by our doing.
    private static func judge(_ failure: ExchangeFailure) -> NodeAnswer {
        switch failure.reason {
        case .refused, .unreachable, .timeout, .reset, .closed, .malformedAnswer, .answerTooLarge,
            .untrustedCertificate, .foreignCertificate, .handshakeFailed:
            NodeAnswer(.unhealthy, failure.reason.rawValue)
        case .tooManyWaiting, .cancelled, .clientClosed, .invalidRequest:
            NodeAnswer(.unknown, failure.reason.rawValue)
        }
    }

    private static func aim(_ step: ProbeStep, _ method: String) throws -> Aim {
        try NodeQuestion.check(step)
        let path = step.arguments.string("path")
        guard let url = step.arguments.string("url") else {
            guard step.selector != nil else {
                throw ProbeError(step, "needs 'url', or 'on' and 'path'")
            }
            let path = path ?? "/"
            guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw ProbeError(
                    step, "'path' is '\(path)': it starts with / and is percent-encoded")
            }
            return .nodes(path: path)
        }
        guard step.selector == nil, path == nil else {
            throw ProbeError(step, "takes 'url' or 'on' and 'path', not both")
        }
        guard let request = HTTPRequest(method, url: url) else {
            throw ProbeError(step, "'\(url)' is no http:// or https:// URL")
        }
        guard let host = HostLookup(request.host) else {
            throw ProbeError(step, "'\(request.host)' is neither an IP address nor a host's name")
        }
        return .request(request, host)
    }

    private static func request(_ method: String, address: String, path: String) -> HTTPRequest? {
        var base = address
        while base.hasSuffix("/") { base.removeLast() }
        return HTTPRequest(method, url: base + path)
    }

    /// How `https` is spoken; nil when it is not.
    private static func security(_ step: ProbeStep, _ aim: Aim) throws -> TransportSecurity? {
        let authorities = step.arguments.string("ca")
        let isInsecure = step.arguments.boolean("insecure") ?? false
        guard case .request(let request, _) = aim, request.isSecure else {
            guard authorities == nil, !isInsecure else {
                throw ProbeError(step, "'ca' and 'insecure' go with an https:// URL")
            }
            return nil
        }
        guard authorities == nil || !isInsecure else {
            throw ProbeError(step, "takes 'ca' or 'insecure', not both")
        }
        do throws(SystemError) {
            return try TransportSecurity(
                authorities: authorities, verifiesCertificate: !isInsecure)
        } catch {
            throw ProbeError(step, error.description)
        }
    }
}

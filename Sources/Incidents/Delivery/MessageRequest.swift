import Crypto
import FoundationEssentials
import Systems

/// The requests by which a notice reaches a destination that speaks HTTP.
struct MessageRequest {
    let destination: Destination
    let notice: Notice
    let secret: String

    /// The request that delivers; throws when the destination cannot take this notice.
    ///
    /// - Parameter now: nanoseconds since 1970; a webhook's receiver refuses an old signature.
    func delivery(now: Int64) throws(IncidentError) -> HTTPRequest {
        switch destination.kind {
        case .directory:
            throw IncidentError("send a request to '\(destination.name)'", reason: "no URL")
        case .webhook(let url, _):
            let body = try encode(WebhookDocument(notice))
            let seconds = String(now / 1_000_000_000)
            return try post(
                url, body,
                [
                    HTTPField("webhook-id", notice.key),
                    HTTPField("webhook-timestamp", seconds),
                    HTTPField("webhook-signature", signature(of: body, seconds)),
                    HTTPField("Idempotency-Key", notice.key),
                ])
        case .github, .gitlab:
            let limit =
                if case .github = destination.kind {
                    MessageText.githubLimit
                } else {
                    MessageText.gitlabLimit
                }
            let comment = MessageText.comment(notice, limit: limit)
            let body = try encode(CommentDocument(body: comment))
            return try post(try comments(), body, authorization)
        case .slack:
            return try post(secret, try encode(SlackDocument(notice)), [])
        }
    }

    /// The request whose answer shows whether an earlier attempt arrived after all; nil where the
    /// receiver itself knows repetitions by their key, or cannot be asked.
    ///
    /// - Parameter since: nanoseconds since 1970; when the first attempt can have been.
    func search(since: Int64) throws(IncidentError) -> HTTPRequest? {
        switch destination.kind {
        case .directory, .webhook, .slack: return nil
        case .github:
            let time = UniversalTime.text(since - 60_000_000_000)
            return try request("GET", "\(try comments())?per_page=100&since=\(time)", authorization)
        case .gitlab:
            let query = "?per_page=100&order_by=created_at&sort=desc"
            return try request("GET", try comments() + query, authorization)
        }
    }

    /// `v1,` and the HMAC-SHA256 of key, time and body, as https://www.standardwebhooks.com says.
    ///
    /// A secret that begins with `whsec_` is base 64 of the key's bytes, any other one is the key.
    private func signature(of body: [UInt8], _ seconds: String) -> String {
        let prefix = "whsec_"
        var key = Array(secret.utf8)
        if secret.hasPrefix(prefix), let bytes = Data(base64Encoded: String(secret.dropFirst(6))) {
            key = Array(bytes)
        }
        let signed = Array("\(notice.key).\(seconds).".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: key))
        return "v1," + Data(code).base64EncodedString()
    }

    /// The URL of an issue's comments.
    private func comments() throws(IncidentError) -> String {
        func issue(_ own: Int?) throws(IncidentError) -> Int {
            if let issue = notice.issue ?? own { return issue }
            throw IncidentError(
                "comment by '\(destination.name)'", reason: "no issue is named",
                remedy: "give 'issue' in the configuration, or --issue")
        }
        switch destination.kind {
        case .github(let api, let repository, let own, _):
            return "\(Self.base(api))/repos/\(repository)/issues/\(try issue(own))/comments"
        case .gitlab(let api, let project, let own, _):
            let name = Self.encoded(project)
            return "\(Self.base(api))/projects/\(name)/issues/\(try issue(own))/notes"
        case .directory, .webhook, .slack: return ""
        }
    }

    private var authorization: [HTTPField] {
        switch destination.kind {
        case .github:
            [
                HTTPField("Authorization", "Bearer \(secret)"),
                HTTPField("Accept", "application/vnd.github+json"),
                HTTPField("X-GitHub-Api-Version", "2022-11-28"),
            ]
        case .gitlab: [HTTPField("PRIVATE-TOKEN", secret)]
        case .directory, .webhook, .slack: []
        }
    }

    private func post(
        _ url: String, _ body: [UInt8], _ fields: [HTTPField]
    ) throws(IncidentError) -> HTTPRequest {
        var request = try request("POST", url, fields)
        request.fields.append(HTTPField("Content-Type", "application/json"))
        request.body = body
        return request
    }

    private func request(
        _ method: String, _ url: String, _ fields: [HTTPField]
    ) throws(IncidentError) -> HTTPRequest {
        guard var request = HTTPRequest(method, url: url) else {
            // The URL itself may be the secret.
            throw IncidentError(
                "send to '\(destination.name)'", reason: "its URL is no http or https URL")
        }
        request.fields =
            [HTTPField("User-Agent", "firedrill"), HTTPField("Connection", "close")] + fields
        return request
    }

    private func encode(_ document: some Encodable) throws(IncidentError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(document))
        } catch {
            throw IncidentError("write a message to '\(destination.name)'", reason: "\(error)")
        }
    }

    private static func base(_ url: String) -> String {
        url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    /// A segment of a path, percent-encoded (RFC 3986, section 2.3).
    private static func encoded(_ segment: String) -> String {
        var text = ""
        for byte in segment.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte))
            if isPlain || "-._~".unicodeScalars.contains(scalar) {
                text.unicodeScalars.append(scalar)
            } else {
                text += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }
}

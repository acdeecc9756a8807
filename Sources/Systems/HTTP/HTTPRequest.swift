/// A header field of a request or an answer.
public struct HTTPField: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One HTTP/1.1 request, over TCP or over TLS.
///
/// `Host` and `Content-Length` are written by the client.
public struct HTTPRequest: Sendable, Equatable {
    /// The method, like `GET` or `POST`.
    public var method: String
    /// An IP address or `localhost`: the client looks up no name.
    public var host: String
    public var port: Int
    /// What `Host` names when it is not the address: the name that the address was looked up for.
    public var name: String?
    /// The path and query, percent-encoded, from the first slash.
    public var path: String
    /// Whether it goes over TLS, as an `https` URL asks.
    public var isSecure = false
    public var fields: [HTTPField]
    public var body: [UInt8]

    public init(
        _ method: String, host: String = "127.0.0.1", port: Int, path: String,
        fields: [HTTPField] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.host = host
        self.port = port
        self.path = path
        self.fields = fields
        self.body = body
    }

    /// Reads `http://HOST[:PORT][/PATH]`, or `https`; nil for anything else.
    public init?(
        _ method: String, url: String, fields: [HTTPField] = [], body: [UInt8] = []
    ) {
        guard let scheme = ["http://", "https://"].first(where: { url.hasPrefix($0) }) else {
            return nil
        }
        let isSecure = scheme == "https://"
        let rest = url.dropFirst(scheme.count)
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = rest[..<end]
        var path = String(rest[end...].prefix { $0 != "#" })
        if !path.hasPrefix("/") { path = "/" + path }
        guard let (host, port) = Self.split(authority: authority, usualPort: isSecure ? 443 : 80)
        else { return nil }
        self.init(method, host: host, port: port, path: path, fields: fields, body: body)
        self.isSecure = isSecure
    }

    /// What can be wrong with a request before it is sent; nil when nothing is.
    var fault: String? {
        let isToken = method.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        if method.isEmpty || !isToken { return "'\(method)' is no method" }
        let isPath = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        if !path.hasPrefix("/") || !isPath {
            return "'\(path)' is no path: it starts with / and is percent-encoded"
        }
        for field in fields {
            let isName = field.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
            let isValue = field.value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
            if field.name.isEmpty || !isName || !isValue {
                return "'\(field.name): \(field.value)' is no header field"
            }
        }
        if !(1...65_535).contains(port) { return "\(port) is no port" }
        return nil
    }

    private static func split(
        authority: Substring, usualPort: Int
    ) -> (host: String, port: Int)? {
        var host = authority
        var port = usualPort
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<close]
            let after = authority[authority.index(after: close)...]
            if !after.isEmpty {
                guard after.first == ":", let number = Int(after.dropFirst()) else { return nil }
                port = number
            }
        } else if let colon = authority.lastIndex(of: ":") {
            guard let number = Int(authority[authority.index(after: colon)...]) else { return nil }
            host = authority[..<colon]
            port = number
        }
        guard !host.isEmpty, !host.contains("@"), (1...65_535).contains(port) else { return nil }
        return (String(host), port)
    }
}

/// The parts of a plain HTTP URL: `http://host[:port][/path]`.
struct HTTPAddress: Sendable, Hashable {
    var host: String
    var port: Int
    /// The path with its query; at least "/".
    var path: String

    /// Takes a URL apart; nil when it is none of this form.
    init?(_ url: String) {
        guard url.hasPrefix("http://"),
            url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !url.contains("#")
        else { return nil }
        let rest = url.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest[authority.endIndex...]
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2, !host.contains("@") else {
            return nil
        }
        self.host = String(host)
        guard let port = parts.count == 2 ? Int(parts[1]) : 80, (1...65_535).contains(port) else {
            return nil
        }
        self.port = port
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
    }
}

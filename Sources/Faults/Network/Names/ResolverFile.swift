/// What resolv.conf(5) says; pure.
struct ResolverFile: Equatable {
    static let path = "/etc/resolv.conf"

    let text: String

    /// The name servers, in their order; the C library asks no more than three.
    var servers: [String] {
        words.filter { $0.first == "nameserver" && $0.count > 1 }.prefix(3).map { String($0[1]) }
    }

    /// The domains in which a name without a dot is looked for: the last line of them counts.
    var searchDomains: [String] {
        let last = words.last { $0.first == "search" || $0.first == "domain" }
        return (last?.dropFirst() ?? []).map(String.init)
    }

    /// Whether names are asked for over TCP alone.
    var asksByStream: Bool { words.contains { $0.first == "options" && $0.contains("use-vc") } }

    /// The same with another name server in the place of all.
    func replacing(server: String) -> ResolverFile {
        let others = text.split(separator: "\n").filter { !$0.hasPrefix("nameserver") }
        return ResolverFile(
            text: (["nameserver \(server)"] + others).map { $0 + "\n" }.joined())
    }

    private var words: [[Substring]] {
        text.split(separator: "\n").map { $0.split { $0 == " " || $0 == "\t" } }
    }
}

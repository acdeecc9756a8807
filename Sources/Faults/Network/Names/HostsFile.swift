import FaultProxy

/// What hosts(5) says; pure.
struct HostsFile: Equatable {
    static let path = "/etc/hosts"

    let text: String

    /// The addresses of each name that is meant, the name in lower case.
    func addresses(of names: [NamePattern]) -> [String: [String]] {
        var addresses: [String: [String]] = [:]
        for line in lines {
            for name in line.names where names.contains(where: { $0.fits(name) }) {
                addresses[name, default: []].append(line.address)
            }
        }
        return addresses
    }

    /// The same without the names that are meant; lines that name none of them stay as they are.
    func without(_ names: [NamePattern]) -> HostsFile {
        let kept = lines.compactMap { line -> String? in
            let others = line.names.filter { name in !names.contains { $0.fits(name) } }
            if others.count == line.names.count { return line.text }
            return others.isEmpty ? nil : ([line.address] + others).joined(separator: " ")
        }
        return HostsFile(text: kept.map { $0 + "\n" }.joined())
    }

    private struct Line {
        var text: String
        var address = ""
        var names: [String] = []
    }

    private var lines: [Line] {
        text.split(separator: "\n", omittingEmptySubsequences: true).map { text in
            let words = text.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            return Line(
                text: String(text), address: words.first.map(String.init) ?? "",
                names: words.dropFirst().map { $0.lowercased() })
        }
    }
}

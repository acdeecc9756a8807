import Glibc
public import Playbooks
import Systems

/// Reads `incidents.yaml`: destinations, and the alerts that go to them.
public struct IncidentConfigurationDecoder: Sendable {
    public init() {}

    /// Reads the file at `path`; nil when there is no such file.
    public func decode(fileAt path: String) throws(PlaybookProblems) -> IncidentConfiguration? {
        guard access(path, F_OK) == 0 || errno != ENOENT else { return nil }
        return configuration(try IncidentGrammar.decoder.decode(fileAt: path, check: check))
    }

    /// Decodes the bytes of a file.
    public func decode(
        _ bytes: [UInt8], file: String
    ) throws(PlaybookProblems) -> IncidentConfiguration {
        configuration(try IncidentGrammar.decoder.decode(bytes, file: file, check: check))
    }

    private func configuration(_ values: Arguments) -> IncidentConfiguration {
        IncidentConfiguration(
            destinations: values.mappings("destinations").compactMap(destination),
            rules: values.mappings("alerts").map(rule),
            repetition: values.duration("repeat_after") ?? .seconds(86_400))
    }

    private func rule(_ values: Arguments) -> AlertRule {
        AlertRule(
            kinds: Set((values.strings("on") ?? []).compactMap(Alert.Kind.init(rawValue:))),
            destinations: values.strings("to") ?? [],
            playbooks: values.strings("playbooks") ?? ["*"])
    }

    private func destination(_ values: Arguments) -> Destination? {
        guard let name = values.string("name"), let kind = kind(values) else { return nil }
        return Destination(name: name, kind: kind, authorities: values.string("ca"))
    }

    private func kind(_ values: Arguments) -> Destination.Kind? {
        let issue = values.integer("issue").map(Int.init)
        if let path = values.string("directory") { return .directory(path: path) }
        if let url = values.string("webhook"), let secret = source(values, "secret") {
            return .webhook(url: url, secret: secret)
        }
        if let repository = values.string("github"), let token = source(values, "token") {
            let api = values.string("api") ?? "https://api.github.com"
            return .github(api: api, repository: repository, issue: issue, token: token)
        }
        if let project = values.string("gitlab"), let token = source(values, "token") {
            let api = values.string("api") ?? "https://gitlab.com/api/v4"
            return .gitlab(api: api, project: project, issue: issue, token: token)
        }
        return source(values, "slack").map { .slack(url: $0) }
    }

    private func source(_ values: Arguments, _ name: String) -> SecretSource? {
        guard let source = values.mapping(name) else { return nil }
        switch (source.string("file"), source.string("environment")) {
        case (let file?, nil): return .file(file)
        case (nil, let variable?): return .environment(variable)
        default: return nil
        }
    }

    private static let kinds = ["directory", "webhook", "github", "gitlab", "slack"]
    private static let secrets = [
        "webhook": "secret", "github": "token", "gitlab": "token", "slack": "slack",
    ]
    /// The keys that go with each kind, beside `name` and the kind itself.
    private static let companions: [String: Set<String>] = [
        "directory": [], "webhook": ["secret", "ca"], "github": ["token", "api", "issue", "ca"],
        "gitlab": ["token", "api", "issue", "ca"], "slack": ["ca"],
    ]

    private func check(_ values: Arguments, _ report: ConfigurationReport) {
        var names: Set<String> = []
        for (index, destination) in values.mappings("destinations").enumerated() {
            check(destination, at: index, report)
            let name = destination.string("name") ?? ""
            if !Self.isWord(name) {
                report.add(
                    "'name' has 1 to 64 letters, digits, '-' and '_'",
                    at: ["destinations", .index(index), "name"])
            }
            if !names.insert(name).inserted {
                report.add(
                    "'\(name)' is the name of two destinations",
                    at: ["destinations", .index(index), "name"])
            }
        }
        for (index, rule) in values.mappings("alerts").enumerated() {
            for name in rule.strings("to") ?? [] where !names.contains(name) {
                report.add(
                    "no destination is called '\(name)'", at: ["alerts", .index(index), "to"])
            }
        }
    }

    private func check(_ values: Arguments, at index: Int, _ report: ConfigurationReport) {
        let path: [ConfigurationStep] = ["destinations", .index(index)]
        let given = Self.kinds.filter { values[$0] != nil }
        guard given.count == 1, let kind = given.first else {
            report.add(
                "a destination has one of \(Self.kinds.joined(separator: ", "))", at: path)
            return
        }
        let allowed = (Self.companions[kind] ?? []).union(["name", kind])
        for key in values.values.keys.sorted() where !allowed.contains(key) {
            report.add("'\(key)' does not go with '\(kind)'", at: path + [.key(key)])
        }
        if let secret = Self.secrets[kind], source(values, secret) == nil {
            report.add(
                "'\(kind)' needs '\(secret)' with either 'file' or 'environment'",
                at: path + [.key(secret)])
        }
        for key in ["webhook", "api"] {
            guard let url = values.string(key), HTTPRequest("POST", url: url) == nil else {
                continue
            }
            report.add("'\(key)' is no http or https URL", at: path + [.key(key)])
        }
        if let repository = values.string("github"), !Self.isRepository(repository) {
            report.add("'github' is a repository as 'owner/name'", at: path + ["github"])
        }
        if let directory = values.string("directory"), !directory.hasPrefix("/") {
            report.add("'directory' is no absolute path", at: path + ["directory"])
        }
    }

    private static func isRepository(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                part != "." && part != ".." && isWord(part.replacing(".", with: ""))
            }
    }

    /// Letters, digits, `-` and `_`: fit for a file's name and a URL's path.
    private static func isWord(_ text: some StringProtocol) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }
}

extension Arguments {
    /// The mappings of a list; none when it was left out.
    fileprivate func mappings(_ name: String) -> [Arguments] {
        guard case .list(let values) = self[name] else { return [] }
        return values.compactMap { value in
            guard case .mapping(let mapping) = value else { return nil }
            return mapping
        }
    }
}

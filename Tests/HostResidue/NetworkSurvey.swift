import FoundationEssentials
import Kernel

/// What a network namespace holds.
struct NetworkSurvey {
    var interfaces: [String: String] = [:]
    var queueing: [String: String] = [:]
    var packetFilters: [String: String] = [:]

    /// Nil is the namespace of the calling thread.
    static func take(_ namespace: Int32?) throws -> NetworkSurvey {
        var survey = NetworkSurvey()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let socket = try NetlinkSocket(namespace: namespace)
        for (index, name) in try NetworkInterface.all(namespace: namespace) {
            survey.interfaces[name] = "there"
            // Every attribute byte for byte, and what hangs where packets come in.
            let tree = try encoder.encode(try socket.tree(ofInterface: index))
            let all = try socket.qdiscs(ofInterface: index).map(\.description).sorted()
            survey.queueing[name] =
                all.joined(separator: ", ") + " " + String(decoding: tree, as: UTF8.self)
        }
        for table in try NftablesTable.names(namespace: namespace) {
            survey.packetFilters[table] = "there"
        }
        return survey
    }

    /// The links of BPF programs; the kernel lists those of all namespaces alike.
    static func programLinks() throws -> [String: String] {
        let links = try ProgramLink.all()
        return Dictionary(uniqueKeysWithValues: links.map { ("\($0.number)", "\($0)") })
    }
}

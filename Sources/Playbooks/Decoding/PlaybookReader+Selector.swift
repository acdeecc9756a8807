extension PlaybookReader {
    /// Reads the mapping under `on:`; a selector with `pick` alone means any node.
    func selector(_ node: DocumentNode) -> Selector? {
        guard
            let reader = MappingReader(
                node, title: "'on'", keys: Grammar.selector.map(\.name), problems: problems)
        else { return nil }
        let values = arguments(reader, Grammar.selector)
        let selector = Selector(
            role: values.string("role"), node: values.string("node"),
            link: reader["link"].flatMap { link(values.string("link"), at: $0.place) },
            path: values.string("path"), pidFile: values.string("pid_file"),
            listeningPort: reader["interface"] == nil ? values.integer("port").map(Int.init) : nil,
            commandLine: values.string("command_line"), controlGroup: values.string("cgroup"),
            unit: values.string("unit"), container: values.string("container"),
            packets: packets(reader, values), pick: pick(values))
        if Grammar.selector.allSatisfy({ reader[$0.name] == nil }) {
            problems.add(
                "'on' is empty; name a role, a node, a link, a process or an interface",
                at: node.place)
        }
        checkSingle(reader)
        return selector
    }

    private func packets(_ reader: MappingReader, _ values: Arguments) -> PacketSelector? {
        guard reader["interface"] != nil else {
            for key in ["to", "local_port", "protocol", "direction", "uid", "namespace"]
            where reader[key] != nil {
                problems.add(
                    "'\(key)' says which packets, and needs 'interface'", at: reader.place(of: key))
            }
            return nil
        }
        return values.string("interface").map { interface in
            PacketSelector(
                interface: interface, peers: values.strings("to") ?? [],
                port: values.integer("port").map(Int.init),
                localPort: values.integer("local_port").map(Int.init),
                transport: values.string("protocol").flatMap(PacketSelector.Transport.init),
                direction: values.string("direction").flatMap(PacketSelector.Direction.init)
                    ?? .egress,
                user: values.integer("uid").flatMap(UInt32.init(exactly:)),
                namespace: values.string("namespace"))
        }
    }

    private func pick(_ values: Arguments) -> Selector.Pick {
        if let count = values.integer("pick") { return .count(Int(count)) }
        if let share = values.ratio("pick") { return .share(share) }
        switch values.string("pick") {
        case "all": return .all
        case "majority": return .majority
        case "minority": return .minority
        default: return .one
        }
    }

    private func link(_ text: String?, at place: Place) -> Selector.Link? {
        guard let text else { return nil }
        let words = text.split(separator: " ")
        guard words.count == 3, words[1] == "to" else {
            problems.add(
                "'link' must be two ends as 'clients to primary' and is '\(text.shortened)'",
                at: place)
            return nil
        }
        return Selector.Link(source: String(words[0]), destination: String(words[2]))
    }

    /// Two ways to name an object in one selector would leave open which of them counts.
    private func checkSingle(_ reader: MappingReader) {
        let ways = [
            "role", "node", "link", "pid_file", "port", "command_line", "cgroup", "unit",
            "container", "interface",
        ]
        let given = ways.filter { way in
            reader[way] != nil && !(way == "port" && reader["interface"] != nil)
        }
        guard given.count > 1 else { return }
        problems.add(
            "'on' names its object in two ways, '\(given[0])' and '\(given[1])'",
            at: reader.place(of: given[1]))
    }
}

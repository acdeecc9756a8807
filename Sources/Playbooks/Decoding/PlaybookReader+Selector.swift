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
            listeningPort: reader["interface"] == nil ? port(reader, values) : nil,
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
                ports: ports("port", reader, values),
                localPorts: ports("local_port", reader, values),
                transport: values.string("protocol").flatMap(PacketSelector.Transport.init),
                direction: values.string("direction").flatMap(PacketSelector.Direction.init)
                    ?? .egress,
                user: values.integer("uid").flatMap(UInt32.init(exactly:)),
                namespace: values.string("namespace"))
        }
    }

    /// The one port that a process listens on.
    private func port(_ reader: MappingReader, _ values: Arguments) -> Int? {
        guard reader["port"] != nil, values["port"] != nil else { return nil }
        guard let port = values.integer("port") else {
            problems.add(
                "'port' must be a whole number from 1 to 65535; ranges and lists are for the "
                    + "packets of an 'interface'", at: reader["port"]?.place ?? reader.place)
            return nil
        }
        return Int(port)
    }

    /// The ports of one side of packets; empty for any, and after a report.
    private func ports(
        _ key: String, _ reader: MappingReader, _ values: Arguments
    ) -> [ClosedRange<Int>] {
        let words: [ArgumentValue] =
            switch values[key] {
            case .list(let words): words
            case let word?: [word]
            case nil: []
            }
        guard words.count <= 64 else {
            problems.add(
                "'\(key)' lists \(words.count) ports; use ranges, at most 64 of them",
                at: reader[key]?.place ?? reader.place)
            return []
        }
        return words.compactMap { word in
            if case .integer(let port) = word { return Int(port)...Int(port) }
            guard case .string(let text) = word else { return nil }
            if let range = PacketSelector.ports(text) { return range }
            problems.add(
                "'\(key)' must be a whole number from 1 to 65535, or a range of them as "
                    + "'7000-7010', and is '\(text.shortened)'",
                at: reader[key]?.place ?? reader.place)
            return nil
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

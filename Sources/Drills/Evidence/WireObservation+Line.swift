import Records

extension WireObservation {
    /// Appends this observation as one line of `wire.jsonl`: `[time, node, message, forwarded]`.
    func write(to line: inout LineWriter) {
        line.open()
        line.append(time.nanoseconds)
        line.append(node)
        line.append(message.description)
        line.append(forwarded)
        line.close()
        line.endLine()
    }

    /// Reads one line of `wire.jsonl`.
    init(line: ArraySlice<UInt8>) throws(LineScanner.Malformed) {
        var scanner = LineScanner(line)
        try scanner.open()
        let time = DrillTime(nanoseconds: try scanner.integer())
        let node = try scanner.string()
        guard let message = MessageIdentifier(try scanner.string()) else {
            throw LineScanner.Malformed(offset: 0)
        }
        let forwarded = try scanner.boolean()
        try scanner.close()
        self.init(time: time, node: node, message: message, forwarded: forwarded)
    }
}

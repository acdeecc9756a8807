public import Records

extension Operation {
    /// Appends this operation as one line of `history.jsonl`.
    ///
    /// A line is `[kind, client, message, intended, ended, outcome, node, [[node, started, ended,
    /// outcome, answer, redirect], …], intact, delivery]`, times in nanoseconds since the drill's start.
    func write(to line: inout LineWriter) {
        line.open()
        line.append(kind.rawValue)
        line.append(client)
        if let message { line.append(message.description) } else { line.appendNull() }
        line.append(intended.nanoseconds)
        line.append(ended.nanoseconds)
        line.append(outcome.rawValue)
        line.append(node)
        line.open()
        for attempt in attempts {
            line.open()
            line.append(attempt.node)
            line.append(attempt.started.nanoseconds)
            line.append(attempt.ended.nanoseconds)
            line.append(attempt.outcome.rawValue)
            line.append(attempt.answer)
            if let redirect = attempt.redirect { line.append(redirect) } else { line.appendNull() }
            line.close()
        }
        line.close()
        if let intact { line.append(intact) } else { line.appendNull() }
        if let delivery { line.append(Int64(delivery)) } else { line.appendNull() }
        line.close()
        line.endLine()
    }

    /// Reads one line of `history.jsonl`; nil when it is damaged.
    public init?(recorded line: ArraySlice<UInt8>) {
        guard let operation = try? Operation(line: line) else { return nil }
        self = operation
    }

    /// Reads one line of `history.jsonl`.
    init(line: ArraySlice<UInt8>) throws(LineScanner.Malformed) {
        var scanner = LineScanner(line)
        try scanner.open()
        guard let kind = Kind(rawValue: try scanner.string()) else {
            throw LineScanner.Malformed(offset: 0)
        }
        let client = try scanner.string()
        let message = try scanner.optionalString().flatMap { MessageIdentifier($0) }
        let intended = DrillTime(nanoseconds: try scanner.integer())
        let ended = DrillTime(nanoseconds: try scanner.integer())
        let outcome = try Self.outcome(&scanner)
        let node = try scanner.string()
        var attempts: [Attempt] = []
        try scanner.open()
        while !scanner.closes() {
            try scanner.open()
            attempts.append(
                Attempt(
                    node: try scanner.string(),
                    started: DrillTime(nanoseconds: try scanner.integer()),
                    ended: DrillTime(nanoseconds: try scanner.integer()),
                    outcome: try Self.outcome(&scanner), answer: try scanner.string(),
                    redirect: try scanner.optionalString()))
            try scanner.close()
        }
        let intact = try scanner.optionalBoolean()
        let delivery = try scanner.optionalInteger().map { Int($0) }
        try scanner.close()
        self.init(
            kind: kind, client: client, message: message, intended: intended, ended: ended,
            outcome: outcome, node: node, attempts: attempts, intact: intact, delivery: delivery)
    }

    private static func outcome(
        _ scanner: inout LineScanner
    ) throws(LineScanner.Malformed) -> Outcome {
        guard let outcome = Outcome(rawValue: try scanner.string()) else {
            throw LineScanner.Malformed(offset: 0)
        }
        return outcome
    }
}

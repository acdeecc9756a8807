extension PlaybookReader {
    func target(_ node: DocumentNode?) -> Target {
        guard let node else { return Target(kind: Grammar.noTarget) }
        let none = Target(kind: Grammar.noTarget, line: node.place.line)
        guard let kind = kindName(node, key: "kind", title: "'target'") else { return none }
        guard kind.name != Grammar.noTarget else {
            _ = MappingReader(node, title: "target 'none'", keys: ["kind"], problems: problems)
            return none
        }
        guard
            let declaration = declaration(
                of: kind, what: "target", among: vocabulary.systems, others: [Grammar.noTarget]),
            let reader = MappingReader(
                node, title: "target '\(kind.name)'",
                keys: ["kind"] + declaration.parameters.map(\.name), problems: problems)
        else { return none }
        return Target(
            kind: kind.name, settings: arguments(reader, declaration.parameters),
            line: node.place.line)
    }

    func workload(_ node: DocumentNode?) -> Workload {
        guard let node, let values = section(node, "workload", Grammar.workload) else {
            return Workload(producers: 0, consumers: 0)
        }
        let usual = Workload()
        let workload = Workload(
            queue: values.string("queue") ?? usual.queue,
            producers: values.integer("producers").map(Int.init) ?? usual.producers,
            consumers: values.integer("consumers").map(Int.init) ?? usual.consumers,
            rate: values.rate("rate") ?? usual.rate,
            payload: values.byteCount("payload") ?? usual.payload,
            poison: values.ratio("poison") ?? usual.poison,
            lease: values.duration("lease") ?? usual.lease,
            timeout: values.duration("timeout") ?? usual.timeout,
            retry: retryPolicy(values.mapping("client")?.mapping("retry"), node.place))
        let place = node.place
        if workload.queue.isEmpty { problems.add("'queue' is empty", at: place) }
        if workload.producers > 0, workload.rate.perSecond == 0 {
            problems.add("'rate' is 0, but there are producers", at: place)
        }
        if workload.payload.bytes > 16 << 20 {
            problems.add("'payload' is more than 16 MiB", at: place)
        }
        if workload.payload < Workload.smallestPayload {
            problems.add(
                "'payload' (\(workload.payload.text)) is less than "
                    + "\(Workload.smallestPayload.text), which a message's identifier and "
                    + "checksum need", at: place)
        }
        if workload.timeout == .zero { problems.add("'timeout' must be more than 0", at: place) }
        if workload.lease == .zero { problems.add("'lease' must be more than 0", at: place) }
        return workload
    }

    private func retryPolicy(_ values: Arguments?, _ place: Place) -> RetryPolicy {
        let usual = RetryPolicy()
        guard let values else { return usual }
        let policy = RetryPolicy(
            first: values.duration("first") ?? usual.first,
            factor: values.number("factor") ?? usual.factor,
            cap: values.duration("cap") ?? usual.cap,
            jitter: values.string("jitter").flatMap(RetryPolicy.Jitter.init) ?? usual.jitter,
            attempts: values.integer("attempts").map(Int.init) ?? usual.attempts,
            budget: values.ratio("budget"))
        if policy.cap < policy.first {
            problems.add(
                "'cap' of the retry policy (\(policy.cap.text)) is below 'first'"
                    + " (\(policy.first.text))", at: place)
        }
        return policy
    }

    func timing(_ node: DocumentNode?) -> Timing {
        guard let node, let values = section(node, "timing", Grammar.timing) else {
            return Timing()
        }
        let usual = Timing()
        return Timing(
            warmup: values.duration("warmup") ?? usual.warmup,
            baseline: values.duration("baseline") ?? usual.baseline,
            recovery: values.duration("recovery") ?? usual.recovery,
            drain: values.duration("drain") ?? usual.drain)
    }

    func limits(_ node: DocumentNode?) -> Limits {
        guard let node, let values = section(node, "limits", Grammar.limits) else {
            return Limits()
        }
        let usual = Limits()
        return Limits(
            processes: values.integer("processes").map(Int.init) ?? usual.processes,
            disk: values.byteCount("disk") ?? usual.disk,
            interfaces: values.strings("interfaces") ?? usual.interfaces,
            paths: values.strings("paths") ?? usual.paths,
            duration: values.duration("duration"), cpu: values.ratio("cpu") ?? usual.cpu,
            memory: values.byteCount("memory") ?? usual.memory,
            faults: values.integer("faults").map(Int.init))
    }

    private func section(
        _ node: DocumentNode, _ name: String, _ declarations: [ParameterDeclaration]
    ) -> Arguments? {
        MappingReader(
            node, title: "'\(name)'", keys: declarations.map(\.name), problems: problems
        ).map { arguments($0, declarations) }
    }
}

/// The names under which evidence keeps faults and probes: each is used once.
///
/// A step without a name is called after its kind, then `process.kill 2` and so on; a name that a
/// playbook gives twice is a mistake.
struct Names {
    private let problems: ProblemCollector
    private var faults = Pool()
    private var probes = Pool()

    /// The names of one sort of step.
    private struct Pool {
        var used: Set<String> = []
        private var numbers: [String: Int] = [:]

        mutating func next(_ kind: String) -> String {
            var number = numbers[kind, default: 0]
            var name = kind
            repeat {
                number += 1
                name = number == 1 ? kind : "\(kind) \(number)"
            } while !used.insert(name).inserted
            numbers[kind] = number
            return name
        }
    }

    static func makeUnique(_ playbook: Playbook, problems: ProblemCollector) -> Playbook {
        var names = Names(problems: problems)
        var playbook = playbook
        names.collectGiven(playbook)
        playbook.steadyState = playbook.steadyState.map { condition in
            guard case .probe(let step) = condition else { return condition }
            return .probe(names.unique(step))
        }
        playbook.method = playbook.method.map { names.unique($0) }
        return playbook
    }

    private init(problems: ProblemCollector) {
        self.problems = problems
    }

    private mutating func collectGiven(_ playbook: Playbook) {
        for case .probe(let step) in playbook.steadyState { collect(step) }
        playbook.method.forEach { collect($0) }
    }

    private mutating func collect(_ step: Step) {
        switch step {
        case .fault(let step):
            guard step.name != step.kind, !faults.used.insert(step.name).inserted else { return }
            report("faults", step.name, step.line)
        case .probe(let step): collect(step)
        case .parallel(let steps): steps.forEach { collect($0) }
        case .wait: break
        }
    }

    private mutating func collect(_ step: ProbeStep) {
        guard step.name != step.kind, !probes.used.insert(step.name).inserted else { return }
        report("probes", step.name, step.line)
    }

    private func report(_ what: String, _ name: String, _ line: Int) {
        problems.add(
            "two \(what) are called '\(name.shortened)'", at: Place(line: line, column: 0))
    }

    private mutating func unique(_ step: Step) -> Step {
        switch step {
        case .fault(var step):
            if step.name == step.kind { step.name = faults.next(step.kind) }
            return .fault(step)
        case .probe(let step): return .probe(unique(step))
        case .parallel(let steps): return .parallel(steps.map { unique($0) })
        case .wait: return step
        }
    }

    private mutating func unique(_ step: ProbeStep) -> ProbeStep {
        var step = step
        if step.name == step.kind { step.name = probes.next(step.kind) }
        return step
    }
}

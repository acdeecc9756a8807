/// The rules that no single part of a playbook can tell: what one part needs of another.
struct CrossChecks {
    let playbook: Playbook
    let reader: MappingReader
    let problems: ProblemCollector

    private var hasTarget: Bool {
        playbook.target.kind != Grammar.noTarget
            // A target that could not be read has a report of its own.
            || (reader["target"] != nil && !problems.isEmpty)
    }

    func run() {
        if !hasTarget, !playbook.workload.isEmpty {
            problems.add("a workload needs a target", at: reader.place(of: "workload"))
        }
        for condition in playbook.steadyState {
            switch condition {
            case .probe(let step): check(step.selector, "probe '\(step.kind)'", step.line)
            case .metric(let condition): check(condition)
            }
        }
        playbook.abortConditions.forEach { check($0) }
        playbook.method.forEach { check($0) }
        checkWaits()
    }

    private func check(_ step: Step) {
        switch step {
        case .fault(let step): check(step.selector, "fault '\(step.kind)'", step.line)
        case .probe(let step): check(step.selector, "probe '\(step.kind)'", step.line)
        case .parallel(let steps): steps.forEach { check($0) }
        case .wait: break
        }
    }

    private func check(_ condition: MetricCondition) {
        guard playbook.workload.isEmpty, reader["workload"] == nil else { return }
        problems.add(
            "metric '\(condition.metric)' needs a workload",
            at: Place(line: condition.line, column: 0))
    }

    private func check(_ selector: Selector?, _ title: String, _ line: Int) {
        guard let selector, !hasTarget, !selector.isOutside else { return }
        problems.add(
            "\(title) is aimed at a node, and there is no target",
            at: Place(line: line, column: 0))
    }

    private func checkWaits() {
        guard playbook.steadyState.isEmpty, reader["steady_state"] == nil,
            let line = firstSteadyWait(playbook.method)
        else { return }
        problems.add(
            "'until: steady' needs a 'steady_state'", at: Place(line: line, column: 0))
    }

    private func firstSteadyWait(_ steps: [Step]) -> Int? {
        for step in steps {
            switch step {
            case .wait(let wait):
                if case .steady = wait.goal { return wait.line }
            case .parallel(let steps):
                if let line = firstSteadyWait(steps) { return line }
            case .fault, .probe: break
            }
        }
        return nil
    }
}

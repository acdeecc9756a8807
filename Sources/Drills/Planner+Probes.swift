import Faults
import Playbooks
import Probes
import Records

extension Planner {
    /// Shows what is asked, and which programs run, from the drill's beginning on.
    mutating func add(_ conditions: [SteadyCondition]) {
        for case .probe(let step) in conditions {
            add(step, period: step.every, part: "steady state: ")
        }
    }

    mutating func add(_ step: ProbeStep, period: Duration?, part: String = "") {
        var planned = Plan.PlannedStep(
            line: step.line, kind: "probe",
            summary: "\(part)\(step.name)\(period.map { " every \($0.text)" } ?? " once")",
            objects: [])
        do {
            let probe = try ProbeCatalogue.make(step)
            let secrets = playbook.secrets
            planned.objects = probe.planned { secrets.redact($0).onOneLine }
            // A program may do whatever this user may.
            if probe.runsProgram { planned.isOutside = true }
        } catch {
            refuse(line: step.line, step.kind, "\(error)")
        }
        steps.append(planned)
    }
}

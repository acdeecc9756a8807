import Checks
import Faults
public import Playbooks
import Probes
import Systems
import Workloads

extension Vocabulary {
    /// Everything that playbooks may say to this build.
    public static let firedrill = Vocabulary(
        systems: SystemCatalogue.declarations, faults: FaultCatalogue.declarations,
        probes: ProbeCatalogue.declarations, checks: CheckCatalogue.declarations,
        metrics: LiveMetrics.declarations)
}

import Playbooks

extension Playbook {
    /// The names of the probes of the steady state and of the method.
    var probeNames: Set<String> {
        var names: Set<String> = []
        for case .probe(let probe) in steadyState { names.insert(probe.name) }
        func add(_ steps: [Step]) {
            for step in steps {
                switch step {
                case .probe(let probe): names.insert(probe.name)
                case .parallel(let steps): add(steps)
                case .fault, .wait: break
                }
            }
        }
        add(method)
        return names
    }
}

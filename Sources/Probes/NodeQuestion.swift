import Playbooks
import Records
import Systems

/// What the asking of one node came to, before its times are known.
struct NodeAnswer: Equatable {
    var result: ProbeSample.Result
    var answer: String
    var value: Double?
    /// The role that the node gave itself; nil leaves the testbed's word.
    var role: NodeRole?

    init(
        _ result: ProbeSample.Result, _ answer: String, value: Double? = nil,
        role: NodeRole? = nil
    ) {
        self.result = result
        self.answer = answer
        self.value = value
        self.role = role
    }
}

/// The asking of every node that a selector means at this moment.
enum NodeQuestion {
    /// The nodes that fit, in the order of their names.
    ///
    /// Without `role` and `node` every node fits; `pick` takes the first of them, the first few, or
    /// all. Without a selector all are meant.
    static func nodes(_ selector: Selector?, among nodes: [NodeState]) -> [NodeState] {
        guard let selector else { return nodes }
        let fitting = nodes.filter { node in
            (selector.role.map { node.role.rawValue == $0 } ?? true)
                && (selector.node.map { node.name == $0 } ?? true)
        }
        return Array(fitting.prefix(selector.pick.count(of: fitting.count)))
    }

    /// Asks all nodes that `step` means now, at the same time, and makes a sample of each answer.
    ///
    /// A role that no node has is the service's failure, not the probe's: `unhealthy`.
    static func ask(
        _ step: ProbeStep, context: ProbeContext,
        _ question: @escaping @Sendable (NodeState, any Testbed) async -> NodeAnswer
    ) async -> [ProbeSample] {
        let started = context.now()
        guard let testbed = context.testbed else {
            return [
                sample(step, nil, from: started, context, NodeAnswer(.unknown, "no testbed"))
            ]
        }
        let nodes = nodes(step.selector, among: await testbed.nodes())
        guard !nodes.isEmpty else {
            let wanted = step.selector?.role ?? step.selector?.node ?? "node"
            return [
                sample(step, nil, from: started, context, NodeAnswer(.unhealthy, "no \(wanted)"))
            ]
        }
        return await withTaskGroup(of: (Int, ProbeSample).self) { group in
            for (index, node) in nodes.enumerated() {
                group.addTask {
                    let started = context.now()
                    let answer = await question(node, testbed)
                    return (index, sample(step, node, from: started, context, answer))
                }
            }
            var samples: [(Int, ProbeSample)] = []
            for await sample in group { samples.append(sample) }
            return samples.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    static func sample(
        _ step: ProbeStep, _ node: NodeState?, from started: DrillTime, _ context: ProbeContext,
        _ answer: NodeAnswer
    ) -> ProbeSample {
        ProbeSample(
            probe: step.name, node: node?.name ?? "", role: answer.role ?? node?.role,
            started: started, ended: context.now(), result: answer.result, answer: answer.answer,
            value: answer.value)
    }

    /// Refuses a selector that names anything but nodes.
    static func check(_ step: ProbeStep) throws {
        guard let selector = step.selector else { return }
        let isNodes =
            selector.link == nil && selector.path == nil && !selector.namesProcess
        guard isNodes else {
            throw ProbeError(step, "'on' takes 'role', 'node' and 'pick' here")
        }
    }
}

/// What a regular expression says, before it is made steps of.
indirect enum PatternNode {
    case nothing
    case scalars(ScalarSet)
    case place(PatternPlace)
    case sequence([PatternNode])
    case choice([PatternNode])
    /// `most` is nil for without end.
    case repetition(PatternNode, least: Int, most: Int?)
}

/// Makes steps of what an expression says.
struct PatternProgram {
    private(set) var steps: [PatternStep] = []
    /// How many parts were added; some come to no step, and are repeated all the same.
    private var parts = 0

    /// Throws when the repetitions come to too many steps.
    mutating func add(_ node: PatternNode) throws(TextPattern.Problem) {
        parts += 1
        guard steps.count < TextPattern.mostSteps, parts <= 8 * TextPattern.mostSteps else {
            throw TextPattern.Problem(
                description: "it comes to more than \(TextPattern.mostSteps) steps, with its "
                    + "repetitions written out")
        }
        switch node {
        case .nothing: break
        case .scalars(let set): steps.append(.take(set))
        case .place(let place): steps.append(.stand(place))
        case .sequence(let nodes): for node in nodes { try add(node) }
        case .choice(let nodes): try add(nodes)
        case .repetition(let node, let least, let most): try add(node, least, most)
        }
    }

    private mutating func add(_ choices: [PatternNode]) throws(TextPattern.Problem) {
        var ends: [Int] = []
        for (number, choice) in choices.enumerated() {
            guard number < choices.count - 1 else {
                try add(choice)
                break
            }
            let fork = reserve()
            try add(choice)
            ends.append(reserve())
            steps[fork] = .fork(fork + 1, steps.count)
        }
        for end in ends { steps[end] = .jump(steps.count) }
    }

    private mutating func add(
        _ node: PatternNode, _ least: Int, _ most: Int?
    ) throws(TextPattern.Problem) {
        for _ in 0..<least { try add(node) }
        guard let most else {
            let fork = reserve()
            try add(node)
            steps.append(.jump(fork))
            steps[fork] = .fork(fork + 1, steps.count)
            return
        }
        var forks: [Int] = []
        for _ in least..<most {
            forks.append(reserve())
            try add(node)
        }
        for fork in forks { steps[fork] = .fork(fork + 1, steps.count) }
    }

    private mutating func reserve() -> Int {
        steps.append(.jump(0))
        return steps.count - 1
    }
}

/// In how many of the looks at a fault its goal was met; pure.
struct SampleShare: Sendable, Equatable {
    var met: Int
    var samples: Int

    /// Whether nearly all looks saw the goal met: all but a tenth, or but one.
    ///
    /// What the target frees is taken again only after a look has seen it.
    var isNearlyAll: Bool { met > 0 && samples - met <= max(1, samples / 10) }

    /// `as asked in 3 of 4 samples`.
    var text: String { "in \(met) of \(samples) samples" }
}

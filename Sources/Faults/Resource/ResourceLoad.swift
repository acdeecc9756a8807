import Kernel
import Playbooks
import Records

/// What children of the drill do to the host, and how it is measured.
protocol ResourceLoad: Sendable {
    var object: AimedObject { get }
    var requested: Figure { get }
    /// One child each.
    var children: [LoadKind] { get }
    /// What the children have of the resource: processor time in nanoseconds, or bytes.
    func held(by processes: [ProcessIdentity]) -> Double
    /// What was reached, from the first and a later measurement.
    func achieved(_ first: LoadSample, _ now: LoadSample) -> Figure
    /// Whether that is what was asked.
    func isMet(_ figure: Figure) -> Bool
    /// Whether others may be why less was reached than was asked.
    var isShared: Bool { get }
}

extension ResourceLoad {
    /// Tells from what was reached whether the fault was there.
    ///
    /// Less than was asked of something that all share proves nothing: a busy host had no more to
    /// give, and a host with time to spare would have given it.
    func judgement(of achieved: Figure) -> (injection: FaultRecord.Injection, sentence: String) {
        if isMet(achieved) { return (.confirmed, "the children had what was asked of the host") }
        if isShared, achieved.value < requested.value {
            return (
                .unproven,
                "the children had less than was asked: the host's other processes left no more"
            )
        }
        return (.mismatch, "the children had other than was asked of the host")
    }
}

/// What children had of a resource at one time.
struct LoadSample: Sendable, Equatable {
    var time: DrillTime
    var held: Double
}

/// Processors that are kept busy.
struct ProcessorLoad: ResourceLoad {
    var share: Double
    var count: Int

    var object: AimedObject { .processors(count: count, share: Ratio(share)) }
    var requested: Figure { Figure("load", share, .ratio) }
    var children: [LoadKind] { Array(repeating: .processor(share: share), count: count) }

    func held(by processes: [ProcessIdentity]) -> Double {
        processes.reduce(0) { $0 + Double(ProcessTable.processorTime(of: $1).nanoseconds) }
    }

    func achieved(_ first: LoadSample, _ now: LoadSample) -> Figure {
        let elapsed = Double((now.time - first.time).count) * Double(count)
        return Figure("load", elapsed > 0 ? (now.held - first.held) / elapsed : 0, .ratio)
    }

    var isShared: Bool { true }

    /// A quarter off: others have a right to the processors as well, and time is counted in ticks.
    func isMet(_ figure: Figure) -> Bool {
        figure.value >= share * 0.75 && figure.value <= share * 1.25
    }
}

/// Memory that is kept in use.
struct MemoryLoad: ResourceLoad {
    var bytes: Int64

    var object: AimedObject { .memory(ByteCount(bytes)) }
    var requested: Figure { Figure("memory", Double(bytes), .bytes) }
    var children: [LoadKind] { [.memory(bytes: UInt64(bytes))] }

    func held(by processes: [ProcessIdentity]) -> Double {
        processes.reduce(0) { $0 + Double(HostMemory.own(of: $1) ?? 0) }
    }

    func achieved(_ first: LoadSample, _ now: LoadSample) -> Figure {
        Figure("memory", now.held, .bytes)
    }

    var isShared: Bool { false }

    func isMet(_ figure: Figure) -> Bool { figure.value >= Double(bytes) }
}

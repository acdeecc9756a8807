public import Kernel
public import Playbooks

/// What faults take of the processors' time and of the memory that all of a host share.
public struct SharedAmount: Sendable, Equatable {
    /// Millionths of the time of all processors of the host.
    public private(set) var processorTime: Int64
    /// Bytes.
    public private(set) var memory: Int64

    /// What these objects come to; zero where they are of other kinds.
    ///
    /// - Parameter processors: how many the host has.
    public init(of objects: [AimedObject] = [], processors: Int = ProcessorTimes.count) {
        processorTime = 0
        memory = 0
        for object in objects {
            if case .processors(let count, let share) = object {
                let part = share.fraction * Double(count) / Double(max(1, processors))
                processorTime += Int64((part * 1_000_000).rounded())
            }
            if case .memory(let bytes) = object { memory = Self.sum(memory, bytes.bytes) }
        }
    }

    /// Both together.
    public static func + (first: Self, second: Self) -> Self {
        var sum = first
        sum.processorTime = Self.sum(first.processorTime, second.processorTime)
        sum.memory = Self.sum(first.memory, second.memory)
        return sum
    }

    /// Why faults may not have so much at the same time; nil when they may.
    public func excess(
        limits: Limits, policy: HostPolicy = HostPolicy()
    ) -> (reason: String, remedy: String)? {
        let bounds = [
            ("limits", Optional(limits.cpu), Optional(limits.memory)),
            ("the policy's limits", policy.cpu, policy.memory),
        ]
        for (name, cpu, bytes) in bounds {
            if let cpu, processorTime > max(0, Int64((cpu.fraction * 1_000_000).rounded())) {
                let percent = DurationText.number(Double(processorTime) / 10_000)
                return (
                    "\(percent) % of the processors' time would be taken at once, and "
                        + "\(name).cpu is \(DurationText.number(cpu.fraction * 100)) %",
                    "let one fault end before the next, or raise \(name).cpu"
                )
            }
            if let bytes, memory > max(0, bytes.bytes) {
                return (
                    "\(memory) bytes of memory would be taken at once, and \(name).memory is "
                        + "\(bytes.bytes)",
                    "let one fault end before the next, or raise \(name).memory"
                )
            }
        }
        return nil
    }

    private static func sum(_ first: Int64, _ second: Int64) -> Int64 {
        let (sum, isOver) = first.addingReportingOverflow(second)
        return isOver ? .max : sum
    }
}

/// What each fault of a drill has of them now.
struct SharedUse: Sendable {
    private var amounts: [String: SharedAmount] = [:]

    /// With what a fault needs; throws ``FaultError`` when all faults together may not have it.
    func adding(
        _ amount: SharedAmount, fault: String, limits: Limits, policy: HostPolicy
    ) throws -> SharedUse {
        guard amount != SharedAmount() else { return self }
        let sum = amounts.values.reduce(amount, +)
        if let excess = sum.excess(limits: limits, policy: policy) {
            throw FaultError(
                attempted: "allow the fault", object: fault,
                reason: "with all faults of the drill " + excess.reason, remedy: excess.remedy)
        }
        var use = self
        use.amounts[fault] = amount
        return use
    }

    mutating func remove(_ fault: String) { amounts.removeValue(forKey: fault) }
}

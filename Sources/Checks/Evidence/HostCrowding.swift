import Records

/// Whether the host had time for the drill: what strangers took of its processors.
enum HostCrowding {
    /// With less of the processors' time idle, a process that could run has to wait.
    private static let idle = 0.1
    /// From this share on, strangers are reason enough for a service to be slow.
    private static let others = 0.3
}

extension JudgedEvidence {
    /// What a check found of the service's speed, which is in doubt where the host had no time for it.
    ///
    /// A finding that nothing is wrong stays: on such a host it is the stronger.
    func doubtingIfCrowded(_ result: CheckResult, in ranges: TimeRanges) -> CheckResult {
        guard result.status == .broken, let doubt = doubt(in: ranges) else { return result }
        var doubted = result
        doubted.status = .inconclusive
        doubted.sentence = "\(doubt) \(result.sentence)"
        return doubted
    }

    /// Why some time says nothing of the service's speed, as a sentence; nil when the host had time.
    ///
    /// A service that uses up the processors by itself gets no such excuse.
    func doubt(in ranges: TimeRanges) -> String? {
        let loads = evidence.hostLoad.filter { ranges.contains($0.time) && $0.time.isPlausible }
        return HostCrowding.words(loads).map { "It cannot be judged: \($0)." }
    }
}

extension HostCrowding {
    fileprivate static func words(_ loads: [HostLoad]) -> String? {
        guard !loads.isEmpty else { return nil }
        let count = Double(loads.count)
        let idle = loads.reduce(0) { $0 + $1.idle } / count
        let others = loads.reduce(0) { $0 + $1.others } / count
        guard idle < self.idle, others > self.others else { return nil }
        return "processes that are not the drill's took \(Wording.percent(others)) of the host's "
            + "processors meanwhile, and \(Wording.percent(idle)) were idle"
    }
}

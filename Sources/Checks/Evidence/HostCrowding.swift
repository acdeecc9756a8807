import Records

/// Whether the host had time for the drill: what strangers took of its processors.
enum HostCrowding {
    /// With less of the processors' time idle, a process that could run has to wait.
    private static let idle = 0.1
    /// From this share on, strangers are reason enough for a service to be slow.
    private static let others = 0.3
}

extension JudgedEvidence {
    /// Why a span of time says nothing of the service's speed; nil when the host had time for it.
    ///
    /// A service that uses up the processors by itself gets no such excuse.
    func crowding(in range: Range<DrillTime>) -> String? {
        HostCrowding.sentence(
            evidence.hostLoad.filter { range.contains($0.time) && $0.time.isPlausible })
    }
}

extension HostCrowding {
    fileprivate static func sentence(_ loads: [HostLoad]) -> String? {
        guard !loads.isEmpty else { return nil }
        let count = Double(loads.count)
        let idle = loads.reduce(0) { $0 + $1.idle } / count
        let others = loads.reduce(0) { $0 + $1.others } / count
        guard idle < self.idle, others > self.others else { return nil }
        return "processes that are not the drill's took \(Wording.percent(others)) of the host's "
            + "processors meanwhile, and \(Wording.percent(idle)) were idle"
    }
}

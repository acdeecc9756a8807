import Kernel
import Playbooks
import Testing

@testable import Faults

@Suite("The blast radius")
struct BlastRadiusTests {
    private let process = ProcessIdentity(pid: 4711, startTime: 1)

    private func radius(_ limits: Limits) -> BlastRadius {
        BlastRadius(limits: limits, protected: [1: "the first process", 50: "the drill itself"])
    }

    @Test(
        "refuses protected processes even when the limits are wide", arguments: [1, 50] as [Int32])
    func protected(pid: Int32) {
        #expect(throws: FaultError.self) {
            try radius(Limits(processes: 1000)).check([
                .process(ProcessIdentity(pid: pid, startTime: 1), node: nil)
            ])
        }
    }

    @Test("protects the drill, its ancestors, the guardian and pid 1")
    func ofThisProcess() {
        let radius = BlastRadius.ofThisProcess(pid: 4711, limits: Limits(), others: [process])
        #expect(radius.protected[1] != nil)
        #expect(radius.protected[4711] == "the drill itself")
    }

    @Test(
        "refuses what the limits do not allow, and says which",
        arguments: [
            (.process(ProcessIdentity(pid: 9, startTime: 1), node: "a"), "limits.processes"),
            (.interface("eth0", port: 80), "limits.interfaces"),
            (.fileSystem(mountPoint: "/mnt/x", bytes: ByteCount(1), node: nil), "limits.paths"),
            (.fileSystem(mountPoint: "/mnt/x", bytes: ByteCount(9), node: "a"), "limits.disk"),
        ] as [(AimedObject, String)])
    func limits(object: AimedObject, word: String) {
        let limits = Limits(processes: 0, disk: ByteCount(8), interfaces: ["lo"], paths: ["/srv"])
        let error = #expect(throws: FaultError.self) { try radius(limits).check([object]) }
        #expect(error.map { "\($0)".contains(word) } == true)
    }

    @Test(
        "never takes the host's own file systems",
        arguments: ["/", "/home", "/root", "/var"])
    func vital(mountPoint: String) {
        let limits = Limits(disk: ByteCount(1 << 40), paths: [mountPoint])
        #expect(throws: FaultError.self) {
            try radius(limits).check([
                .fileSystem(mountPoint: mountPoint, bytes: ByteCount(1), node: "a")
            ])
        }
    }

    @Test("allows what the limits name")
    func allowed() throws {
        let limits = Limits(
            processes: 1, disk: ByteCount(8), interfaces: ["lo"], paths: ["/mnt/x/data"])
        try radius(limits).check([
            .process(process, node: nil), .interface("lo", port: 1), .link("clients to a"),
            .fileSystem(mountPoint: "/mnt/x", bytes: ByteCount(8), node: nil),
        ])
    }

    @Test("counts the objects of all faults of a drill together")
    func together() throws {
        let used = LimitsUse()
        let limits = Limits(processes: 2, disk: ByteCount(10))
        let other = ProcessIdentity(pid: 4712, startTime: 1)
        let third = ProcessIdentity(pid: 4713, startTime: 1)
        try used.reserve([.process(process, node: nil)], fault: "f1", limits: limits)
        try used.reserve([.process(process, node: nil)], fault: "f2", limits: limits)
        try used.reserve([.process(other, node: nil)], fault: "f3", limits: limits)
        #expect(throws: FaultError.self) {
            try used.reserve([.process(third, node: nil)], fault: "f4", limits: limits)
        }
        #expect(used.processes == 2)
        let half = AimedObject.fileSystem(mountPoint: "/m", bytes: ByteCount(6), node: "a")
        try used.reserve([half], fault: "f5", limits: limits)
        #expect(throws: FaultError.self) {
            try used.reserve([half], fault: "f6", limits: limits)
        }
        used.release(fault: "f5")
        try used.reserve([half], fault: "f6", limits: limits)
        #expect(used.disk == ByteCount(6))
    }

    @Test(
        "counts what all faults of a drill take of the host's processors and memory at once",
        arguments: [
            (.memory(ByteCount(60)), Limits(memory: ByteCount(64)), "limits.memory"),
            (
                .processors(count: ProcessorTimes.count, share: Ratio(0.2)),
                Limits(cpu: Ratio(0.2)), "limits.cpu"
            ),
        ] as [(AimedObject, Limits, String)])
    func shared(object: AimedObject, limits: Limits, word: String) throws {
        let used = LimitsUse()
        try used.reserve([object], fault: "f1", limits: limits)
        let error = #expect(throws: FaultError.self) {
            try used.reserve([object], fault: "f2", limits: limits)
        }
        #expect(error?.reason.contains(word) == true, "\(error?.reason ?? "")")
        used.release(fault: "f1")
        try used.reserve([object], fault: "f2", limits: limits)
    }

    @Test("holds the sum against the policy too, and knows shares that add up exactly")
    func sharedPolicy() throws {
        let used = LimitsUse()
        let limits = Limits(cpu: Ratio(1), memory: ByteCount(100))
        var policy = HostPolicy(file: "/etc/p.yaml")
        policy.cpu = Ratio(0.3)
        func load(_ share: Double) -> [AimedObject] {
            [.processors(count: ProcessorTimes.count, share: Ratio(share))]
        }
        try used.reserve(load(0.1), fault: "f1", limits: limits, policy: policy)
        try used.reserve(load(0.2), fault: "f2", limits: limits, policy: policy)
        let error = #expect(throws: FaultError.self) {
            try used.reserve(load(0.01), fault: "f3", limits: limits, policy: policy)
        }
        #expect(error?.reason.contains("policy's limits.cpu") == true)
    }

    @Test("counts more children than there are processors as the time that they take")
    func crowd() {
        let four = AimedObject.processors(count: 4, share: Ratio(0.2))
        let limits = Limits(cpu: Ratio(0.2))
        #expect(SharedAmount(of: [four], processors: 2).excess(limits: limits) != nil)
        #expect(SharedAmount(of: [four], processors: 4).excess(limits: limits) == nil)
    }

    @Test("lets ballast grow only as far as the other faults leave it room")
    func growth() throws {
        let used = LimitsUse()
        let limits = Limits(disk: ByteCount(90))
        let part = AimedObject.fileSystem(mountPoint: "/m", bytes: ByteCount(40), node: "a")
        try used.reserve([part], fault: "f1", limits: limits)
        try used.reserve([part], fault: "f2", limits: limits)
        #expect(used.growth(of: "f1", to: 30, limits: limits) == 40)
        #expect(used.growth(of: "f1", to: 86, limits: limits) == 50)
        #expect(used.growth(of: "f2", to: 86, limits: limits) == 40)
        #expect(used.disk == ByteCount(90))
        used.release(fault: "f1")
        var policy = HostPolicy(file: "/etc/p.yaml")
        policy.disk = ByteCount(60)
        policy.faults = 1
        #expect(used.growth(of: "f2", to: 86, limits: limits, policy: policy) == 40)
        #expect(used.growth(of: "f2", to: 60, limits: limits, policy: policy) == 60)
    }
}

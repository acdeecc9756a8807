import Playbooks
import Testing

@testable import Faults

@Suite("The catalogue of faults")
struct FaultCatalogueTests {
    @Test("declares each kind once, with a summary for every parameter")
    func declarations() {
        let declarations = FaultCatalogue.declarations
        #expect(
            declarations.map(\.kind) == [
                "network.delay", "network.reset", "network.rate", "network.partition",
                "network.blackhole", "network.refuse", "network.shape", "network.dns",
                "process.kill", "process.pause", "process.limit", "process.crash_loop", "disk.fill",
                "disk.inodes", "disk.corrupt", "disk.read_only", "disk.slow", "power.loss",
                "clock.skew", "cpu.load", "memory.pressure",
            ])
        for declaration in declarations {
            switch declaration.kind {
            // A load is the host's, and names are the testbed's.
            case "cpu.load", "memory.pressure", "network.dns":
                #expect(declaration.selector == .none)
            // Aimed at groups it says so by words of its own.
            case "network.partition": #expect(declaration.selector == .optional)
            default: #expect(declaration.selector == .required)
            }
            #expect(declaration.parameters.allSatisfy { $0.summary.hasSuffix(".") })
        }
    }

    @Test("makes faults by their kind, and names the kinds it knows to who asks for another")
    func make() throws {
        let step = FaultStep(kind: "process.kill", selector: Selector(role: "primary"))
        let fault = try FaultCatalogue.make(step: step, identifier: "f3", limits: Limits())
        #expect(fault is ProcessKill)
        #expect(fault.identifier == "f3")
        let error = #expect(throws: FaultError.self) {
            try FaultCatalogue.make(
                step: FaultStep(kind: "moon.crash"), identifier: "f1", limits: Limits())
        }
        #expect(error?.remedy.contains("disk.fill") == true)
    }

    @Test(
        "reads the effective capabilities of a process",
        arguments: [
            ("Name:\tx\nCapEff:\t000001ffffffffff\n", 0x1ff_ffff_ffff),
            ("CapEff:\t0000000000000000\n", 0), ("Name:\tx\n", nil),
        ] as [(String, UInt64?)])
    func capabilities(status: String, expected: UInt64?) {
        #expect(HostCapabilities.effectiveCapabilities(in: status) == expected)
    }

    @Test(
        "writes durations in a playbook's units",
        arguments: [
            (Duration.milliseconds(100), "100 ms"), (.seconds(2.5), "2.5 s"),
            (.microseconds(12), "12 µs"), (.zero, "0 ms"), (.milliseconds(1234), "1.23 s"),
        ])
    func durations(duration: Duration, text: String) {
        #expect(DurationText(duration).description == text)
    }
}

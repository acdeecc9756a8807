import Kernel
import Testing

@testable import Faults

@Suite("How a fault's packets are steered")
struct SteeringChoiceTests {
    @Test("is by nf_tables where the kernel has it, otherwise by u32, and the note says why")
    func choice() {
        let able = SteeringChoice(host: .fake(nftables: true))
        #expect(able.backend == .nftables)
        #expect(able.note.contains("ends with the drill"))
        #expect(able.steering(onInterface: 3).name == "nftables")
        let poor = SteeringChoice(host: .fake(nftables: false))
        #expect(poor.backend == .u32)
        #expect(poor.note.contains("no nf_tables"))
        #expect(poor.steering(onInterface: 3).name == "u32")
    }

    @Test("by nf_tables has a table for each interface, which carries the drill's number")
    func tables() throws {
        let choice = SteeringChoice(host: .fake(nftables: true))
        let tables = try [1, 2].map {
            try #require(choice.steering(onInterface: $0) as? NftablesSteering).table
        }
        #expect(Set(tables).count == 2)
        #expect(tables.allSatisfy { $0.hasPrefix("firedrill-") })
    }
}

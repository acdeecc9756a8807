import Kernel
import Playbooks
import Records
import Testing

@testable import Faults

@Suite("Losses by four states")
struct FourStateChainTests {
    /// loss_4state() of the kernel's sch_netem.c, packet by packet; seeded.
    private func simulate(_ model: NetemLoss.FourState, _ count: Int) -> [Bool] {
        var random = SeededGenerator(seed: 5)
        var state = 1
        return (0..<count).map { _ in
            let draw = Double.random(in: 0..<1, using: &random)
            switch state {
            case 1:
                if draw < model.p14 {
                    state = 4
                } else if draw < model.p13 + model.p14 {
                    state = 3
                }
            case 2: if draw < model.p23 { state = 3 }
            case 3:
                if draw < model.p32 {
                    state = 2
                } else if draw < model.p31 + model.p32 {
                    state = 1
                }
            default: state = 1
            }
            return state > 2
        }
    }

    private static let models = [
        NetemLoss.FourState(p13: 0.05, p31: 0.2, p32: 0.1, p14: 0.01, p23: 0.3),
        NetemLoss.FourState(p13: 0.02, p31: 1, p32: 0, p14: 0, p23: 0),
        NetemLoss.FourState(p13: 0, p31: 0, p32: 0, p14: 0.1, p23: 0),
        NetemLoss.FourState(p13: 0.01, p31: 0.05, p32: 0.5, p14: 0.02, p23: 0.5),
    ]

    @Test("lose the share that the chain says", arguments: models)
    func share(model: NetemLoss.FourState) throws {
        let chain = try #require(FourStateChain(model))
        let lost = simulate(model, 200_000).count { $0 }
        let interval = ShareInterval(count: lost, of: 200_000, correlation: chain.correlation)
        #expect(interval.contains(chain.share), "\(lost) lost, \(chain)")
        #expect((0..<1).contains(chain.correlation))
    }

    @Test("are as correlated as bursts of two states are")
    func correlation() throws {
        // With two states alone the likeness of neighbours is 1 - p - r.
        let chain = try #require(
            FourStateChain(NetemLoss.FourState(p13: 0.1, p31: 0.3, p32: 0, p14: 0, p23: 0)))
        #expect(abs(chain.share - 0.25) < 1e-9)
        #expect(abs(chain.correlation - 0.6) < 1e-3)
    }

    @Test("that can never be left are refused, with what is missing")
    func traps() {
        #expect(
            FourStateChain(NetemLoss.FourState(p13: 0.1, p31: 0, p32: 0, p14: 0, p23: 0)) == nil)
        #expect(
            FourStateChain(NetemLoss.FourState(p13: 0.1, p31: 0.1, p32: 0.1, p14: 0, p23: 0))
                == nil)
        #expect(
            FourStateChain(NetemLoss.FourState(p13: 0.6, p31: 0.1, p32: 0, p14: 0.6, p23: 0))
                == nil)
    }

    private func step(_ arguments: [String: ArgumentValue]) -> FaultStep {
        FaultStep(
            kind: "network.shape",
            selector: Selector(link: .init(source: "clients", destination: "primary")),
            arguments: Arguments(arguments), duration: .seconds(60), line: 3)
    }

    @Test("slots, and marks instead of losses, are read out of a step")
    func words() throws {
        let states = Arguments([
            "p13": .ratio(.percent(5)), "p31": .ratio(.percent(20)), "p32": .ratio(.percent(0)),
            "p14": .ratio(.percent(0)), "p23": .ratio(.percent(0)),
        ])
        let slot = Arguments([
            "from": .duration(.milliseconds(20)), "to": .duration(.milliseconds(40)),
            "packets": .integer(1000),
        ])
        let arguments = try ShapeArguments(
            step(["loss_states": .mapping(states), "ecn": .boolean(true), "slot": .mapping(slot)]),
            seed: 7)
        #expect(
            arguments.parameters.loss
                == .fourState(.init(p13: 0.05, p31: 0.2, p32: 0, p14: 0, p23: 0)))
        #expect(arguments.parameters.marksCongestion)
        #expect(
            arguments.parameters.slot
                == NetemSlot(.uniform(.milliseconds(20) ... .milliseconds(40)), packets: 1000))
        #expect(arguments.words.count == 4, "\(arguments.words)")
        // The mean wait for a slot that is 20 to 40 ms away: (20^3 - 40^3) / 3 over 60 * 20.
        let delay = ShapeEffects(arguments.parameters).delay
        #expect(delay > .milliseconds(15) && delay < .milliseconds(16), "\(delay)")
    }

    @Test(
        "what contradicts itself is refused",
        arguments: [
            (
                "both say",
                [
                    "loss": .ratio(.percent(5)),
                    "loss_states": .mapping(Arguments(["p14": .ratio(.percent(5))])),
                ]
            ),
            (
                "never left",
                ["loss_states": .mapping(Arguments(["p13": .ratio(.percent(5))]))]
            ),
            ("needs a loss", ["ecn": .boolean(true), "delay": .duration(.milliseconds(9))]),
            (
                "at most a second",
                [
                    "slot": .mapping(
                        Arguments(["from": .duration(.seconds(2)), "to": .duration(.seconds(3))]))
                ]
            ),
            (
                "no room",
                [
                    "slot": .mapping(
                        Arguments([
                            "from": .duration(.seconds(1)), "to": .duration(.seconds(1)),
                            "packets": .integer(9),
                        ]))
                ]
            ),
        ] as [(String, [String: ArgumentValue])])
    func refused(reason: String, arguments: [String: ArgumentValue]) {
        let error = #expect(throws: FaultError.self) {
            try ShapeArguments(step(arguments), seed: 7)
        }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }
}

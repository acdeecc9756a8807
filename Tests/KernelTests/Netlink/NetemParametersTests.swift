import Glibc
import Testing

@testable import Kernel

@Suite("The parameters of netem")
struct NetemParametersTests {
    private let rich = NetemParameters(
        delay: .milliseconds(100), jitter: .milliseconds(10), loss: 0.01, duplicate: 0.6,
        reorder: 1, reorderGap: 3, corrupt: 0.001,
        rate: NetemRate(
            bytesPerSecond: 125_000, packetOverhead: -4, cellSize: 48, cellOverhead: 5),
        slot: NetemSlot(.uniform(.milliseconds(1)...(.milliseconds(2))), packets: 7, bytes: 9000),
        marksCongestion: true, seed: 42)

    /// What a message's options read as when the kernel sends them back.
    private func roundTrip(_ parameters: NetemParameters) throws -> NetemOptions {
        let message = try NetlinkMessage(type: 36, flags: 0)
        try NetemOptions(parameters).append(to: message)
        let attributes = NetlinkAttributes(message.bytes.dropFirst(16))
        return try #require(NetemOptions(Array(attributes[2] ?? [])))
    }

    @Test("read back as they were sent")
    func readBack() throws {
        let edges = [
            rich, NetemParameters(), NetemParameters(delay: .microseconds(500)),
            NetemParameters(delay: .nanoseconds(1)), NetemParameters(delay: .seconds(300)),
            NetemParameters(loss: 1), NetemParameters(rate: 1_099_511_627_776),
            NetemParameters(loss: .gilbertElliott(.init(entering: 0.1, leaving: 1))),
            NetemParameters(
                loss: .fourState(.init(p13: 0.01, p31: 0.02, p32: 0.03, p14: 0.05, p23: 1))),
            NetemParameters(
                slot: NetemSlot(.distributed(.seconds(1), jitter: .seconds(1), .normal))),
        ]
        for parameters in edges {
            #expect(
                try roundTrip(parameters).reading(comparedWith: NetemOptions(parameters))
                    .differences == [],
                "\(parameters)")
        }
    }

    @Test("that did not arrive are named, each one")
    func differences() throws {
        let changes: [(String, (inout NetemParameters) -> Void)] = [
            ("delay", { $0.delay = .milliseconds(101) }),
            ("jitter", { $0.jitter = .milliseconds(9) }), ("loss", { $0.loss = 0.02 }),
            ("loss model", { $0.loss = .gilbertElliott(.init(entering: 0.1, leaving: 1)) }),
            ("duplicate", { $0.duplicate = 0.5 }), ("reorder", { $0.reorder = 0.5 }),
            ("gap", { $0.reorderGap = 4 }), ("ecn", { $0.marksCongestion = false }),
            ("packet overhead", { $0.rate?.packetOverhead = 4 }),
            ("cell size", { $0.rate?.cellSize = 47 }),
            ("cell overhead", { $0.rate?.cellOverhead = 6 }),
            ("slot", { $0.slot?.packets = 6 }), ("slot", { $0.slot?.bytes = 8999 }),
            ("slot", { $0.slot = nil }),
            ("corrupt", { $0.corrupt = 0 }), ("rate", { $0.rate?.bytesPerSecond = 125_001 }),
            ("seed", { $0.seed = 43 }),
        ]
        for (name, change) in changes {
            var other = rich
            change(&other)
            let found = try roundTrip(other).reading(comparedWith: NetemOptions(rich)).differences
            #expect(found.contains { $0.hasPrefix(name) }, "\(name): \(found)")
        }
    }

    @Test("but a seed that an old kernel leaves out are in all the same, with a note")
    func noSeed() throws {
        var other = rich
        other.seed = nil
        let found = try roundTrip(other).reading(comparedWith: NetemOptions(rich))
        #expect(found.differences == [])
        #expect(found.notes.first?.contains("takes no seed") == true)
    }

    @Test("with a distribution have a note that no kernel lists it")
    func table() throws {
        let parameters = NetemParameters(
            delay: .seconds(1), jitter: .seconds(1), distribution: .normal)
        let found = try roundTrip(parameters).reading(comparedWith: NetemOptions(parameters))
        #expect(found.differences == [])
        #expect(found.notes.count == 1)
    }

    @Test("are told from an old kernel's ticks of 64 ns")
    func ticks() throws {
        let head = nativeBytes(
            UInt32(1_562_500), UInt32(1000), UInt32(0), UInt32(0), UInt32(0), UInt32(156_250))
        let options = try #require(NetemOptions(head))
        #expect(options.latency == 100_000_000)
        #expect(options.jitter == 10_000_000)
        #expect(NetemOptions(Array(head.dropLast())) == nil)
    }

    @Test("have a limit that neither drops everything nor the packets of a long delay")
    func limit() {
        #expect(NetemParameters().limit == 10_000)
        #expect(NetemParameters(delay: .seconds(1)).limit == 2_000_000)
        #expect(NetemParameters(delay: .seconds(1), rate: 64_000_000).limit == 2_062_500)
        #expect(NetemParameters(delay: .seconds(1 << 40)).limit == 4_000_000_000)
        let spread = NetemParameters(
            delay: .seconds(1), jitter: .seconds(1), distribution: .normal, duplicate: 1)
        #expect(spread.limit == 20_000_000)
    }

    @Test(
        "of a rate alone hold half a second of it, so that what waits has left soon after the end")
    func debt() {
        #expect(NetemParameters(rate: 10_000).limit == 20)
        #expect(NetemParameters(rate: 10_240_000).limit == 10_000)
        let debt = NetemParameters(rate: 10_000).longestDebt
        #expect(debt > .seconds(3) && debt < .milliseconds(3100))
        #expect(NetemParameters(rate: 1).longestDebt == .seconds(15))
        #expect(NetemParameters().longestDebt == .zero)
    }

    @Test(
        "that the kernel could not keep are refused with the reason",
        arguments: [
            (NetemParameters(delay: .seconds(-1)), "negative"),
            (NetemParameters(delay: .seconds(9), jitter: .seconds(3)), "2.147 s"),
            (NetemParameters(delay: .seconds(1), jitter: .seconds(2)), "larger"),
            (NetemParameters(loss: 1.1), "share"), (NetemParameters(loss: .random(.nan)), "share"),
            (NetemParameters(reorder: 0.5), "needs a delay"), (NetemParameters(rate: 0), "rate"),
            (NetemParameters(delay: .seconds(1), reorder: 1, reorderGap: 0), "gap"),
            (NetemParameters(delay: .seconds(1), distribution: .normal), "needs a jitter"),
            (NetemParameters(marksCongestion: true), "needs a loss"),
            (NetemParameters(slot: NetemSlot(.uniform(.zero ... .zero))), "slots"),
            (
                NetemParameters(slot: NetemSlot(.uniform(.zero ... .seconds(1)), packets: -1)),
                "slot"
            ),
            (
                NetemParameters(loss: .gilbertElliott(.init(entering: 2, leaving: 1))), "share"
            ),
        ])
    func objection(parameters: NetemParameters, text: String) {
        #expect(parameters.objection?.contains(text) == true)
    }

    @Test("that are sound are not refused")
    func noObjection() {
        #expect(rich.objection == nil)
        #expect(NetemParameters().objection == nil)
    }

    @Test(
        "are possible or not by the kernel's answer to an incomplete netem",
        arguments: [(EINVAL, true), (ENOENT, false), (EPERM, false), (EEXIST, true)])
    func capability(number: Int32, isPresent: Bool) {
        let capability = NetemCapability(answer: number)
        #expect(capability.isPresent == isPresent)
        #expect(capability.reason.contains("sch_netem") == (number == EINVAL || number == ENOENT))
        if number == ENOENT { #expect(capability.reason.contains("linux-image-amd64")) }
    }
}

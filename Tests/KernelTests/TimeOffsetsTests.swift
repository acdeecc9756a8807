import Testing

@testable import Kernel

@Suite("Offsets of a time namespace")
struct TimeOffsetsTests {
    @Test(
        "are written as whole seconds and a rest that is never negative, and read back the same",
        arguments: [
            (Duration.seconds(3600), "3600 0"), (.milliseconds(-1500), "-2 500000000"),
            (.nanoseconds(-1), "-1 999999999"), (.zero, "0 0"), (.seconds(-7), "-7 0"),
        ])
    func text(offset: Duration, numbers: String) {
        let offsets = TimeOffsets(monotonic: 0, boot: 0).moved(by: offset)
        #expect(offsets.text == "monotonic \(numbers)\nboottime \(numbers)\n")
        #expect(TimeOffsets(offsets.text) == offsets)
    }

    @Test("are read as the kernel writes them, and from nothing else")
    func read() {
        let text = "monotonic          10 500000000\nboottime          -20         0\n"
        #expect(TimeOffsets(text) == TimeOffsets(monotonic: 10_500_000_000, boot: -20_000_000_000))
        for other in [
            "", "monotonic 0 0", "monotonic 0\nboottime 0 0", "monotonic x 0\nboottime 0 0",
            "monotonic 0 1000000000\nboottime 0 0", "monotonic 9223372036854775807 0\nboottime 0 0",
        ] { #expect(TimeOffsets(other) == nil, "\(other)") }
    }

    @Test("add up, and end where numbers do")
    func sum() {
        let offsets = TimeOffsets(monotonic: 5, boot: -5).moved(by: .nanoseconds(10))
        #expect(offsets == TimeOffsets(monotonic: 15, boot: 5))
        #expect(TimeOffsets(monotonic: .max - 1, boot: 0).moved(by: .seconds(1)).monotonic == .max)
        #expect(
            TimeOffsets(monotonic: .min + 1, boot: 0).moved(by: .seconds(-1)).monotonic == .min)
    }
}

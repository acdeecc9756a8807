import Playbooks
import Testing

@Suite("Quantities")
struct QuantityTests {
    @Test(
        "a duration is read with each of its units",
        arguments: [
            ("7 ns", 7), ("1us", 1000), ("0.1 ms", 100_000), ("1.5 s", 1_500_000_000),
            ("10s", 10_000_000_000), ("2 min", 120_000_000_000), ("1 h", 3_600_000_000_000),
            ("0 s", 0), ("+3 ns", 3), (" 4 ns ", 4), ("0.000000001 s", 1),
        ] as [(String, Int64)])
    func durations(_ text: String, _ nanoseconds: Int64) throws {
        #expect(try Quantity.duration(text).nanoseconds == nanoseconds)
    }

    @Test(
        "a number of bytes keeps binary and decimal prefixes apart",
        arguments: [
            ("256 B", 256), ("1 kB", 1000), ("1 KiB", 1024), ("2MB", 2_000_000),
            ("1.5 MiB", 1_572_864), ("1 GB", 1_000_000_000), ("1 GiB", 1_073_741_824),
            ("1 TB", 1_000_000_000_000), ("1 TiB", 1_099_511_627_776),
        ] as [(String, Int64)])
    func byteCounts(_ text: String, _ bytes: Int64) throws {
        #expect(try Quantity.byteCount(text).bytes == bytes)
    }

    @Test(
        "a rate is read for each second, minute and hour",
        arguments: [("400/s", 400), ("30/min", 0.5), ("36 /h", 0.01), ("0.5 / s", 0.5)])
    func rates(_ text: String, _ perSecond: Double) throws {
        #expect(try Quantity.rate(text).perSecond == perSecond)
    }

    @Test(
        "a share is read in percent",
        arguments: [("0.1 %", 0.001), ("100%", 1), ("0 %", 0), ("12.5 %", 0.125)])
    func ratios(_ text: String, _ fraction: Double) throws {
        #expect(try Quantity.ratio(text).fraction == fraction)
    }

    @Test(
        "what is no duration is refused with the reason",
        arguments: [
            ("10", "needs a unit: write '10 s' or '10 ms'"),
            ("-1 s", "is negative"),
            ("10 sec", "did you mean 's'?"),
            ("10 m", "did you mean 'min'?"),
            ("10 mss", "did you mean 'ms'?"),
            ("10 parsecs", "which is none of ns, us, ms, s, min, h"),
            ("ten s", "is 'ten s', which is no quantity"),
            ("", "which is no quantity"),
            (".5 s", "which is no quantity"),
            ("1. s", "which is no quantity"),
            ("0.5 ns", "is not a whole number of nanoseconds"),
            ("9000 h", "is longer than 8784 h"),
            ("1e3 s", "has the unit 'e3 s'"),
            ("99999999999999999999999999999 h", "is too large"),
            (String(repeating: "9", count: 10_000) + " s", "has too many digits"),
            ("٣ s", "which is no quantity"),
        ])
    func refusedDurations(_ text: String, _ reason: String) {
        let error = #expect(throws: QuantityError.self) { try Quantity.duration(text) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("sizes, rates and shares out of range are refused")
    func refusedOthers() {
        let bytes = #expect(throws: QuantityError.self) { try Quantity.byteCount("9000000 TiB") }
        #expect(bytes?.reason == "is more than 64 bits can hold")
        let part = #expect(throws: QuantityError.self) { try Quantity.byteCount("0.3 B") }
        #expect(part?.reason == "is not a whole number of bytes")
        let lower = #expect(throws: QuantityError.self) { try Quantity.byteCount("1 mib") }
        #expect(lower?.suggestion == "MiB")
        let share = #expect(throws: QuantityError.self) { try Quantity.ratio("100.1 %") }
        #expect(share?.reason == "is more than 100 %")
        let bare = #expect(throws: QuantityError.self) { try Quantity.ratio("0.1") }
        #expect(bare?.reason == "needs a unit: write '0.1 %'")
        let rate = #expect(throws: QuantityError.self) { try Quantity.rate("2000000000/s") }
        #expect(rate?.reason == "is more than 1000000000/s")
        let hertz = #expect(throws: QuantityError.self) { try Quantity.rate("5 Hz") }
        #expect(hertz?.suggestion == "/s")
    }

    @Test(
        "the text of a duration is what a playbook would write",
        arguments: [
            (0, "0 s"), (7, "7 ns"), (1500, "1.5 us"), (100_000_000, "100 ms"),
            (1_500_000_000, "1.5 s"), (60_000_000_000, "1 min"), (90_000_000_000, "90 s"),
            (7_200_000_000_000, "2 h"), (1_234_567_891, "1.235 s"), (-20_000_000, "-20 ms"),
        ] as [(Int64, String)])
    func durationTexts(_ nanoseconds: Int64, _ text: String) {
        #expect(Duration.nanoseconds(nanoseconds).text == text)
    }

    @Test("the texts of sizes, rates and shares are what a playbook would write")
    func otherTexts() {
        #expect(ByteCount(256 << 20).text == "256 MiB")
        #expect(ByteCount(1_000_000_000).text == "1 GB")
        #expect(ByteCount(1_500_001).text == "1.4 MiB")
        #expect(ByteCount(0).text == "0 B")
        #expect(ByteCount(999).text == "999 B")
        #expect(Rate(perSecond: 400).text == "400/s")
        #expect(Rate(perSecond: 0.5).text == "30/min")
        #expect(Rate(perSecond: 0.01).text == "36/h")
        #expect(Ratio(0.001).text == "0.1 %")
        #expect(Ratio(1).text == "100 %")
        let list = ArgumentValue.list([.string("a"), .integer(3), .boolean(true)])
        #expect(list.text == "[a, 3, true]")
        #expect(
            Arguments(["b": .number(1.5), "a": .duration(.seconds(1))]).text == "a: 1 s, b: 1.5")
    }

    @Test(
        "a text that was made from a quantity is read back as the same",
        arguments: [1, 999, 1024, 4096, 1_000_000, 268_435_456, 5_000_000_000] as [Int64])
    func roundTrip(_ count: Int64) throws {
        #expect(try Quantity.byteCount(ByteCount(count).text).bytes == count)
    }
}

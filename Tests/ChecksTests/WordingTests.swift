import Records
import Testing

@testable import Checks

@Suite("The wording of numbers")
struct WordingTests {
    @Test(
        "groups counts by thousands",
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-12, "-12"),
        ])
    func counts(value: Int, text: String) {
        #expect(Wording.count(value) == text)
    }

    @Test(
        "writes a span in the unit that suits it",
        arguments: [
            (0, "0 s"), (512, "512 ns"), (4_200, "4 µs"), (4_250_000, "4.3 ms"),
            (45_400_000, "45 ms"), (1_234_000_000, "1.23 s"), (-1_500_000_000, "-1.50 s"),
        ])
    func spans(nanoseconds: Int64, text: String) {
        #expect(Wording.span(Nanoseconds(nanoseconds)) == text)
    }

    @Test(
        "writes shares with the digits that tell them from zero",
        arguments: [(0, "0 %"), (0.0005, "0.050 %"), (0.012, "1.20 %"), (0.5, "50.0 %")])
    func percents(fraction: Double, text: String) {
        #expect(Wording.percent(fraction) == text)
    }

    @Test("survives numbers that are none")
    func odd() {
        #expect(Wording.fixed(.nan, digits: 2) == "nan")
        #expect(Wording.span(seconds: .infinity) == "inf s")
        #expect(Wording.span(Nanoseconds(.min)).hasPrefix("-"))
        #expect(Wording.list(["a", "b", "c"]) == "a, b and c")
    }
}

import Records
import Testing

@Suite("A series of windows")
struct WindowSeriesTests {
    private func enqueue(
        intended: Int64, ended: Int64, outcome: Operation.Outcome = .ok
    ) -> Operation {
        Operation(
            kind: .enqueue, client: "p0", message: MessageIdentifier(producer: 0, sequence: 0),
            intended: DrillTime(nanoseconds: intended), ended: DrillTime(nanoseconds: ended),
            outcome: outcome)
    }

    private func reserve(ended: Int64, message: MessageIdentifier?) -> Operation {
        Operation(
            kind: .reserve, client: "c0", message: message, intended: .zero,
            ended: DrillTime(nanoseconds: ended), outcome: .ok)
    }

    @Test("counts a request where it was wanted and its acknowledgement where it came")
    func stall() {
        let series = WindowSeries(
            of: [enqueue(intended: 5, ended: 25), enqueue(intended: 15, ended: 16)],
            from: .zero, to: DrillTime(nanoseconds: 30), width: Nanoseconds(10))
        #expect(series.windows.map(\.requested) == [1, 1, 0])
        #expect(series.windows.map(\.acknowledged) == [0, 1, 1])
        #expect(series.windows.map(\.median) == [Nanoseconds(20), Nanoseconds(1), nil])
        #expect(series.windows.map(\.errorRate) == [0, 0, nil])
    }

    @Test("takes nearest-rank quantiles of the requests that succeeded")
    func quantiles() {
        var operations = (1...100).map { enqueue(intended: 0, ended: Int64($0)) }
        operations.shuffle()
        operations.append(enqueue(intended: 0, ended: 5_000, outcome: .failed))
        let window = WindowSeries(
            of: operations, from: .zero, to: DrillTime(nanoseconds: 10), width: Nanoseconds(10)
        ).windows.first
        #expect(window?.median == Nanoseconds(50))
        #expect(window?.percentile99 == Nanoseconds(99))
        #expect(window?.maximum == Nanoseconds(100))
        #expect(window?.errorRate == 1.0 / 101)
    }

    @Test("counts deliveries, and not the answers that there was none")
    func deliveries() {
        let message = MessageIdentifier(producer: 0, sequence: 1)
        let series = WindowSeries(
            of: [reserve(ended: 3, message: message), reserve(ended: 4, message: nil)],
            from: .zero, to: DrillTime(nanoseconds: 10), width: Nanoseconds(10))
        #expect(series.windows.map(\.delivered) == [1])
        #expect(series.perSecond(1) == 1e8)
    }

    @Test(
        "is as wide as 100 requests need",
        arguments: [
            (2000.0, 250), (400, 250), (399, 250), (361, 250), (200, 500), (100, 1000), (1, 60_000),
            (0, 60_000), (.nan, 60_000),
        ])
    func width(rate: Double, milliseconds: Int64) {
        #expect(
            WindowSeries.width(requestsPerSecond: rate) == Nanoseconds(milliseconds * 1_000_000))
    }

    @Test("leaves out a cut last window when whole ones are wanted")
    func wholeWindows() {
        let end = DrillTime(nanoseconds: 25)
        let width = Nanoseconds(10)
        #expect(WindowSeries(of: [], from: .zero, to: end, width: width).windows.count == 3)
        #expect(
            WindowSeries(of: [], from: .zero, to: end, width: width, wholeWindowsOnly: true)
                .windows.count == 2)
    }

    @Test(
        "survives times that cannot be",
        arguments: [
            (Int64.min, Int64.max), (.max, .min), (0, .max), (.min, 0), (0, 0), (.max, .max),
        ])
    func oddTimes(start: Int64, end: Int64) {
        let operations = [
            enqueue(intended: start, ended: end), enqueue(intended: end, ended: start),
            enqueue(intended: 5, ended: 6),
        ]
        let series = WindowSeries(
            of: operations, from: DrillTime(nanoseconds: start), to: DrillTime(nanoseconds: end))
        #expect(series.windows.count <= WindowSeries.mostWindows + 1)
        #expect(WindowSeries(of: operations).windows.count <= WindowSeries.mostWindows + 1)
    }

    @Test("spans the load when no range is given")
    func wholeLoad() {
        let series = WindowSeries(
            of: [
                enqueue(intended: 1_000_000_000, ended: 1_001_000_000),
                enqueue(intended: 2_000_000_000, ended: 2_300_000_000),
            ])
        #expect(series.start == DrillTime(nanoseconds: 1_000_000_000))
        #expect(series.windows.count == 6)
        #expect(series.windows.reduce(0) { $0 + $1.acknowledged } == 2)
    }
}

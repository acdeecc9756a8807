import Records

/// The three faults of the synthetic drill.
enum SyntheticFaults {
    static let all = [delay, kill, fill]

    static let delay = FaultRecord(
        identifier: "f1", kind: "network.delay", name: "network.delay", backend: "proxy",
        backendNote: "this kernel has no sch_netem; TCP only, above the socket",
        objects: ["link clients to primary: proxy 127.0.0.1:41871 to node a at 127.0.0.1:41713"],
        requested: [
            Figure("delay", 100e6, .nanoseconds), Figure("jitter", 20e6, .nanoseconds),
        ],
        achieved: [
            .init(
                name: "delay", requested: Figure("delay", 100e6, .nanoseconds),
                before: Figure("round trip", 0.31e6, .nanoseconds),
                during: Figure("added", 100.42e6, .nanoseconds),
                after: Figure("round trip", 0.29e6, .nanoseconds), samples: 40, confirmed: true),
            .init(
                name: "jitter", requested: Figure("jitter", 20e6, .nanoseconds),
                before: Figure("spread", 0.05e6, .nanoseconds),
                during: Figure("spread", 18.9e6, .nanoseconds),
                after: Figure("spread", 0.04e6, .nanoseconds), samples: 40, confirmed: true),
        ],
        injection: .confirmed,
        proof: "40 round trips through the link took 100 ms longer than 40 before it.",
        recordedAt: DrillTime(21.2), acknowledgedAt: DrillTime(21.2003),
        injectedAt: DrillTime(21.2006), revertingAt: DrillTime(31.2),
        revertedAt: DrillTime(31.2004),
        verifiedAt: DrillTime(31.24), undo: .clean, undoneBy: .drill,
        comparisons: [
            Comparison(
                what: "toxics of the proxy", before: "none", after: "none", isSame: true),
            Comparison(
                what: "round trip, within 1 ms", before: "0.31 ms", after: "0.29 ms", isSame: true),
        ])

    static let kill = FaultRecord(
        identifier: "f2", kind: "process.kill", name: "process.kill", backend: "pidfd",
        backendNote: "signal by pidfd after the start time was compared",
        objects: ["node a, pid 4711 started 8123456"],
        requested: [Figure("signal", 9, .none, text: "SIGKILL")],
        achieved: [
            .init(
                name: "process gone", requested: Figure("signal", 9, .none, text: "SIGKILL"),
                before: Figure("state", 0, .none, text: "running"),
                during: Figure("state", 0, .none, text: "gone after 112 µs"),
                after: Figure("state", 0, .none, text: "running, pid 4802"), samples: 1,
                confirmed: true)
        ],
        injection: .confirmed, proof: "The pidfd of node a became readable 112 µs after SIGKILL.",
        recordedAt: DrillTime(35.999), acknowledgedAt: DrillTime(35.9995),
        injectedAt: DrillTime(36), revertingAt: DrillTime(46), revertedAt: DrillTime(46.3),
        verifiedAt: DrillTime(46.8), undo: .clean, undoneBy: .drill,
        comparisons: [
            Comparison(
                what: "node a", before: "running, primary", after: "running, standby in sync",
                isSame: true)
        ])

    static let fill = FaultRecord(
        identifier: "f3", kind: "disk.fill", name: "disk.fill", backend: "tmpfile",
        backendNote: "unlinked ballast by O_TMPFILE and fallocate",
        objects: ["data of node a: tmpfs of 64 MiB"], requested: [Figure("free", 0, .bytes)],
        achieved: [
            .init(
                name: "free space", requested: Figure("free", 0, .bytes),
                before: Figure("free", 61_341_696, .bytes), during: Figure("free", 0, .bytes),
                after: Figure("free", 61_339_648, .bytes), samples: 20, confirmed: true)
        ],
        injection: .confirmed, proof: "statvfs told 0 B free in 20 of 20 samples.",
        recordedAt: DrillTime(47.99), acknowledgedAt: DrillTime(47.9914),
        injectedAt: DrillTime(48), revertingAt: DrillTime(58), revertedAt: DrillTime(58.006),
        verifiedAt: DrillTime(58.01), undo: .clean, undoneBy: .guardian,
        comparisons: [
            Comparison(
                what: "free bytes of the data directory, within 1 MiB", before: "58.5 MiB",
                after: "58.5 MiB", isSame: true)
        ])
}

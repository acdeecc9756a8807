import Glibc
import Kernel
import Undo

/// Times what faults cost in this namespace, whose loopback interface is nobody else's.
struct Measurement {
    let journal: UndoJournal
    /// Those of this program.
    let arguments: [String]

    @MainActor
    func run() async throws {
        try await qdiscs()
        try await injections()
        try await deaths()
    }

    /// One qdisc in and out by netlink, and by tc as a process, in turns.
    private func qdiscs() async throws {
        let socket = try NetlinkSocket()
        let handle: UInt32 = 0x5_0000
        var (adds, deletes): ([Int64], [Int64]) = ([], [])
        var (processAdds, processDeletes): ([Int64], [Int64]) = ([], [])
        for round in 0..<200 {
            // Those of a round of ours count once: tc's take a hundred times as long.
            for _ in 0..<10 {
                adds.append(
                    try time {
                        try socket.createQdisc(
                            "pfifo", interface: 1, handle: handle, parent: Qdisc.root,
                            options: [100, 0, 0, 0])
                    })
                deletes.append(
                    try time { try socket.deleteRootQdisc(ofInterface: 1, handle: handle) })
            }
            guard round.isMultiple(of: 2) else { continue }
            processAdds.append(try await tc("qdisc add dev lo root handle 5: pfifo limit 100"))
            processDeletes.append(try await tc("qdisc del dev lo root handle 5: pfifo"))
        }
        report("add a qdisc by Kernel/Netlink", adds)
        report("add a qdisc by tc", processAdds)
        report("delete a qdisc by Kernel/Netlink", deletes)
        report("delete a qdisc by tc", processDeletes)
        let ratio =
            Double(median(processAdds) + median(processDeletes))
            / Double(median(adds) + median(deletes))
        print("add and delete: tc takes \(Int(ratio)) times as long")
    }

    /// A whole injection: look, record and sync, put in, steer, read back.
    private func injections() async throws {
        var (whole, records, heals): ([Int64], [Int64], [Int64]) = ([], [], [])
        for number in 0..<100 {
            let fault = labFault(arguments[3])
            let start = MonotonicClock.now
            let prior = try fault.snapshot()
            let record = undoRecord("f\(number)", of: fault, restoring: prior)
            let before = MonotonicClock.now
            _ = try await journal.push(record)
            records.append(MonotonicClock.now - before)
            try fault.install(over: prior)
            guard try fault.readBack().differences.isEmpty else { fatalError("it is not in") }
            whole.append(MonotonicClock.now - start)
            heals.append(
                try time {
                    try fault.subside()
                    guard try fault.remove(restoring: prior) == .same else { fatalError("residue") }
                })
            try await journal.close(record.identifier)
        }
        report("inject \(arguments[3]), record and read-back included", whole)
        report("  of it the undo record, synced and seen by the guardian", records)
        report("take \(arguments[3]) out and compare", heals)
    }

    /// From SIGKILL of a process with its fault in until the interface is as before.
    private func deaths() async throws {
        let fault = labFault(arguments[3])
        let before = try fault.tree()
        var times: [Int64] = []
        for number in 0..<30 {
            let state = "\(arguments[2])-\(number)"
            let process = try ChildProcess.spawn(
                .init(
                    executable: "/proc/self/exe",
                    arguments: [arguments[1], state, arguments[3], "held"]))
            // It kills itself with the fault in; its end is the moment.
            _ = await process.wait()
            let start = MonotonicClock.now
            while try fault.tree() != before {
                guard MonotonicClock.now - start < 5_000_000_000 else { fatalError("residue") }
                try await Task.sleep(for: .microseconds(100))
            }
            times.append(MonotonicClock.now - start)
            // Its guardian has the journal open a moment longer, and leaves it for the report.
            while rmdir(state) != 0 {
                guard MonotonicClock.now - start < 5_000_000_000 else { fatalError("journal") }
                _ = try Reversion(directory: state).run()
            }
        }
        report("undo \(arguments[3]) by the guardian after SIGKILL", times)
    }

    private func tc(_ words: String) async throws -> Int64 {
        let start = MonotonicClock.now
        let process = try ChildProcess.spawn(
            .init(
                executable: "/usr/sbin/tc", arguments: words.split(separator: " ").map(String.init))
        )
        guard await process.wait() == .exited(0) else { fatalError("tc \(words)") }
        return MonotonicClock.now - start
    }

    private func time(_ body: () throws -> Void) rethrows -> Int64 {
        let start = MonotonicClock.now
        try body()
        return MonotonicClock.now - start
    }

    private func median(_ times: [Int64]) -> Int64 { times.sorted()[times.count / 2] }

    private func report(_ what: String, _ times: [Int64]) {
        let sorted = times.sorted()
        let text = { (time: Int64) in "\(Double(time / 100) / 10) us" }
        print(
            "\(what): p50 \(text(sorted[sorted.count / 2])), p90 "
                + "\(text(sorted[sorted.count * 9 / 10])), \(sorted.count) times")
    }
}

import Glibc
import Records
import Testing
import Undo

@testable import Kernel

/// `lo` has index 1 in every namespace.
private let loopback: Int32 = 1

/// Where there is no netem, with the other fault that replaces the root.
@Suite("An injector that is killed, in a namespace of its own", .timeLimit(.minutes(5)))
struct InjectorDeathTests {
    private static let steps = [
        "started", "snapshot", "recorded", "injected", "read back", "held", "subsided", "reverted",
        "verified", "closed",
    ]

    private static let priors = [
        "true", "tc qdisc add dev lo root handle 8003: tbf rate 1gbit burst 1600 limit 9000",
        """
        tc qdisc add dev lo root handle 1: htb default 20
        tc class add dev lo parent 1: classid 1:10 htb rate 300mbit ceil 500mbit
        tc class add dev lo parent 1: classid 1:20 htb rate 200mbit prio 2
        tc qdisc add dev lo parent 1:10 handle 10: pfifo limit 50
        tc filter add dev lo parent 1: protocol ip prio 4 u32 match ip dport 25 0xffff flowid 1:10
        """,
    ]

    @Test("leaves what was there before, at whichever step it dies", arguments: priors)
    func steps(prior: String) async throws {
        let namespace = try await NetworkNamespace.make()
        try #require(try await namespace.run("set -e\n" + prior) == 0)
        for step in Self.steps {
            let injector = try InjectorProcess(in: namespace, killedAt: step)
            let socket = try NetlinkSocket(namespace: namespace.descriptor.number)
            #expect(await injector.process.wait(atMost: .seconds(20)) == .signaled(SIGKILL))
            try await Self.expectUndone(injector, socket, before: injector.before, step)
        }
        await namespace.remove()
    }

    @Test("leaves what was there before, at whichever random moment it dies", arguments: priors)
    func moments(prior: String) async throws {
        let namespace = try await NetworkNamespace.make()
        try #require(try await namespace.run("set -e\n" + prior) == 0)
        var random = SeededGenerator(seed: 7)
        var times: [Duration] = []
        for moment in 0..<(Self.count ?? 25) {
            let injector = try InjectorProcess(in: namespace, killedAt: nil)
            #expect(await Readiness.wait(for: injector.reader.number, atMost: .seconds(20)))
            try await Task.sleep(for: .microseconds(Int.random(in: 0..<30_000, using: &random)))
            try injector.process.signal(SIGKILL)
            _ = await injector.process.wait()
            let socket = try NetlinkSocket(namespace: namespace.descriptor.number)
            times.append(
                try await Self.expectUndone(
                    injector, socket, before: injector.before, "moment \(moment)"))
        }
        times.sort()
        print(
            "SIGKILL at \(times.count) random moments over '\(prior.prefix(60))': nothing left after"
                + " \(times[times.count / 2]) (median), \(times[times.count - 1]) (longest)")
        await namespace.remove()
    }

    @Test("leaves what was there before when its guardian is killed with it", arguments: priors)
    func withGuardian(prior: String) async throws {
        let namespace = try await NetworkNamespace.make()
        try #require(try await namespace.run("set -e\n" + prior) == 0)
        var random = SeededGenerator(seed: 11)
        for moment in 0..<(Self.count ?? 25) {
            let injector = try InjectorProcess(in: namespace, killedAt: nil)
            #expect(await Readiness.wait(for: injector.reader.number, atMost: .seconds(20)))
            let guardian = try ProcessHandle(try #require(injector.guardian))
            try await Task.sleep(for: .microseconds(Int.random(in: 0..<30_000, using: &random)))
            if moment % 2 == 0 { try injector.process.signal(SIGKILL) }
            // One that has done its work by now has ended.
            do throws(KernelError) {
                try guardian.signal(SIGKILL)
            } catch {
                try #require(error.reason == .vanished)
            }
            if moment % 2 == 1 { try injector.process.signal(SIGKILL) }
            _ = await injector.process.wait()
            let socket = try NetlinkSocket(namespace: namespace.descriptor.number)
            try await Self.expectUndone(
                injector, socket, before: injector.before, "moment \(moment)")
        }
        await namespace.remove()
    }

    @Test("without CAP_NET_ADMIN ends with an error that says so, and has touched nothing")
    func capability() async throws {
        let namespace = try await NetworkNamespace.make()
        let injector = try InjectorProcess(
            in: namespace, killedAt: nil,
            wrapper: ["/usr/bin/setpriv", "--inh-caps=-net_admin", "--bounding-set=-net_admin"])
        #expect(await injector.process.wait(atMost: .seconds(20)) == .exited(1))
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(injector.reader.number, &bytes, bytes.count)
        let said = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        #expect(said.contains("EPERM") && said.contains("htb"), "\(said)")
        let socket = try NetlinkSocket(namespace: namespace.descriptor.number)
        try await Self.expectUndone(injector, socket, before: injector.before, "no capability")
        await namespace.remove()
    }

    /// How many random moments are tried of each: FIREDRILL_MOMENTS, or as many as seconds allow.
    private static let count = getenv("FIREDRILL_MOMENTS").flatMap { Int(String(cString: $0)) }

    /// How long is waited for what a dead injector left; it is milliseconds where nobody else works.
    private static let bound = Duration.seconds(10)

    /// Returns how long it took from its death until everything was as before.
    @discardableResult
    private static func expectUndone(
        _ injector: InjectorProcess, _ socket: borrowing NetlinkSocket, before: QueueingTree,
        _ when: String
    ) async throws -> Duration {
        let death = ContinuousClock.now
        while try socket.tree(ofInterface: loopback) != before, death.duration(to: .now) < bound {
            try await Task.sleep(for: .milliseconds(2))
        }
        let time = death.duration(to: .now)
        #expect(try socket.tree(ofInterface: loopback) == before, "\(when), after \(time)")
        // The guardian has ended when nothing waits in the directory any more.
        var findings: [Reversion.Finding] = []
        for _ in 0..<400 {
            findings += try Reversion(directory: injector.state).run()
            if rmdir(injector.state) == 0 || errno == ENOENT { break }
            try await Task.sleep(for: .milliseconds(25))
        }
        #expect(access(injector.state, F_OK) != 0, "\(when): \(findings)")
        #expect(findings.allSatisfy { $0.state == .clean }, "\(when): \(findings)")
        #expect(try socket.tree(ofInterface: loopback) == before, "\(when), at the end")
        return time
    }
}

/// The program that lives through faults, with undo records of its own.
private struct InjectorProcess {
    let process: ChildProcess
    let state: String
    /// What it prints.
    let reader: Descriptor
    let before: QueueingTree

    init(in namespace: NetworkNamespace, killedAt step: String?, wrapper: [String] = []) throws {
        state = "/run/privileged-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        before = try NetlinkSocket(namespace: namespace.descriptor.number)
            .tree(ofInterface: loopback)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw KernelError(call: "pipe", object: "", reason: .errno(errno))
        }
        reader = Descriptor(ends[0])
        let writer = Descriptor(ends[1])
        let programs = try Self.programsOfTheTests
        let command =
            wrapper + [
                "\(programs)/lab-injector", "\(programs)/firedrill-guardian", state, "htb",
            ] + [step].compactMap { $0 }
        process = try namespace.start(command, standardOutput: writer.number)
    }

    /// Its guardian, which is not the standby.
    var guardian: ProcessIdentity? {
        ProcessTable.all().first {
            let line = ProcessTable.commandLine(of: $0.pid) ?? []
            return line.count == 2 && line[1] == "\(state)/lab.journal"
        }
    }

    /// The directory of the tests' own program, and of all others built with it.
    private static var programsOfTheTests: String {
        get throws {
            var buffer = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/self/exe", &buffer, buffer.count)
            try #require(count > 0)
            let program = String(
                decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return String(program[..<(program.lastIndex(of: "/") ?? program.endIndex)])
        }
    }
}

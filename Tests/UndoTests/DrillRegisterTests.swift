import Glibc
import Kernel
import Testing

@testable import Undo

@Suite("The register of the host's drills")
struct DrillRegisterTests {
    private func presence(_ drill: String, in scratch: Scratch) -> DrillPresence {
        DrillPresence(
            register: DrillRegister(directories: ["\(scratch.path)/register"]), drill: drill,
            stateDirectory: "\(scratch.path)/state-of-\(drill)")
    }

    private func register(_ scratch: Scratch) -> DrillRegister {
        DrillRegister(directories: ["\(scratch.path)/register"])
    }

    @Test("tells of a drill from its beginning to its end, also when its entry was cleaned away")
    func life() throws {
        let scratch = try Scratch()
        let (drill, register) = (presence("a", in: scratch), register(scratch))
        #expect(register.drills().isEmpty)
        try drill.enter()
        #expect(register.stoppable().map(\.drill) == ["a"])
        #expect(register.drills().first?.stateDirectory == "\(scratch.path)/state-of-a")
        #expect(unlink("\(scratch.path)/register/firedrill-a.json") == 0)
        try drill.renew()
        #expect(register.drills().map(\.process) == [ProcessTable.identity(of: getpid())])
        drill.leave()
        try drill.renew()
        #expect(Descriptor.names(in: "\(scratch.path)/register") == [])
    }

    @Test("is swept of drills whose processes are gone")
    func sweep() async throws {
        let scratch = try Scratch()
        let register = register(scratch)
        let child = try ChildProcess.spawn(.init(executable: "/bin/true"))
        _ = await child.wait()
        try register.write(contents("dead", process: child.identity))
        try presence("living", in: scratch).enter()
        #expect(
            Descriptor.names(in: "\(scratch.path)/register") == ["firedrill-living.json"])
    }

    @Test("tells of a dead drill for as long as its guardian or the standby is at work")
    func standby() async throws {
        let scratch = try Scratch()
        let register = register(scratch)
        let children = try (0..<3).map { _ in
            try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: ["600"]))
        }
        var contents = contents("dead", process: children[0].identity)
        contents.guardian = children[1].identity
        contents.standby = children[2].identity
        try register.write(contents)
        #expect(register.drills().map(\.guardians) == [[children[1], children[2]].map(\.identity)])
        for child in children.prefix(2) { _ = await child.terminate(grace: .zero) }
        #expect(register.stoppable().isEmpty)
        #expect(register.drills().map(\.guardians) == [[children[2].identity]])
        #expect(register.others(besides: nil).map(\.isAlive) == [true])
        _ = await children[2].terminate(grace: .zero)
        #expect(register.drills().isEmpty)
    }

    @Test("says nothing of a process that is another user's, or of another process namespace")
    func forged() throws {
        let scratch = try Scratch()
        let register = register(scratch)
        let own = try #require(ProcessTable.identity(of: getpid()))
        var elsewhere = contents("elsewhere", process: own)
        elsewhere.processNamespace = "pid:[1]"
        try register.write(elsewhere)
        #expect(register.stoppable().isEmpty)
        let path = "\(scratch.path)/register/firedrill-b.json"
        try register.write(contents("b", process: own))
        #expect(register.stoppable().map(\.drill) == ["b"])
        try #require(rename(path, "\(scratch.path)/register/firedrill-c.json") == 0)
        #expect(register.stoppable().isEmpty)
        #expect(mkfifo("\(scratch.path)/register/firedrill-d.json", 0o600) == 0)
        #expect(symlink("/dev/zero", "\(scratch.path)/register/firedrill-e.json") == 0)
        #expect(register.drills().isEmpty)
        guard geteuid() == 0 else { return }
        try register.write(contents("b", process: own))
        try #require(chown(path, 12345, 12345) == 0)
        #expect(register.stoppable().isEmpty)
    }

    @Test("is not kept where others could exchange its entries")
    func shared() throws {
        let scratch = try Scratch()
        let directory = "\(scratch.path)/register"
        #expect(mkdir(directory, 0o777) == 0 && chmod(directory, 0o777) == 0)
        #expect {
            try presence("a", in: scratch).enter()
        } throws: { "\($0)".contains("has mode 777; as root: install -d -m 1777 \(directory)") }
    }

    @Test("keeps two drills with different state directories from one resource")
    func locks() throws {
        let scratch = try Scratch()
        func locks(_ drill: String) -> ResourceLocks {
            ResourceLocks(
                directory: "\(scratch.path)/state-of-\(drill)", drill: drill,
                presence: presence(drill, in: scratch))
        }
        let (first, second) = (locks("first"), locks("second"))
        let resource = try "process \(#require(ProcessTable.identity(of: getpid())))"
        try first.take(resource, for: "f1")
        #expect {
            try second.take(resource, for: "f1")
        } throws: { error in
            "\(error)" == "cannot take \(resource): drill first is at work on it; wait for its end"
        }
        first.release(fault: "f1")
        try second.take(resource, for: "f1")
        second.release(fault: "f1")
        #expect(register(scratch).drills().allSatisfy { $0.use.resources.isEmpty })
    }

    @Test("gives a resource that many ask for at once to one of them, and later to each")
    func crowd() async throws {
        let scratch = try Scratch()
        let directory = "\(scratch.path)/register"
        #expect(mkdir(directory, 0o700) == 0)
        let winners = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<6 {
                let drill = presence("d\(index)", in: scratch)
                group.addTask {
                    let isTaken: ()? = try? drill.take({ $0.resources.insert("memory") }) {
                        others in
                        guard !others.contains(where: { $0.use.resources.contains("memory") })
                        else { throw UndoError(attempted: "", object: "", reason: "") }
                    }
                    return isTaken != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
        let holders = register(scratch).drills().filter { !$0.use.resources.isEmpty }
        #expect(holders.count == 1)
    }

    @Test("keeps a resource for a drill that died, until that drill is undone")
    func unsettled() async throws {
        let scratch = try Scratch()
        let state = try await leaveDrill("dead", in: scratch)
        let locks = ResourceLocks(
            directory: scratch.state, drill: "next", presence: presence("next", in: scratch))
        #expect {
            try locks.take("memory of the host", for: "f1")
        } throws: {
            "\($0)".contains(
                "drill dead died and is not undone; run FIREDRILL_STATE=\(state) firedrill revert")
        }
        #expect(try Reversion(directory: state).run().map(\.state) == [.clean])
        try locks.take("memory of the host", for: "f1")
    }

    @Test("names every place where its user's dead drills are not undone, and no other's")
    func revertible() async throws {
        let scratch = try Scratch()
        let reach = DrillReach(directories: [scratch.state], register: register(scratch))
        #expect(reach.revertible(besides: [scratch.state]) == [])
        let state = try await leaveDrill("dead", in: scratch)
        _ = try await leaveDrill("undone", in: scratch)
        #expect(
            try Reversion(directory: "\(scratch.path)/state-of-undone").run().map(\.state)
                == [.clean])
        let place = RevertPlace(path: state, owner: geteuid())
        #expect(reach.revertible(besides: [scratch.state]) == [place])
        #expect(reach.revertible(besides: [state]) == [])
        guard geteuid() == 0 else { return }
        // A stranger names this user's directory.
        let entry = "\(scratch.path)/register/firedrill-dead.json"
        try #require(chown(entry, 12345, 12345) == 0)
        #expect(reach.revertible(besides: [scratch.state]) == [])
        for path in [state, "\(state)/dead.journal"] {
            try #require(chown(path, 12345, 12345) == 0)
        }
        #expect(
            reach.revertible(besides: [scratch.state]) == [RevertPlace(path: state, owner: 12345)])
        // What else is in the stranger's directory is not looked at.
        try #require(rename("\(state)/dead.journal", "\(state)/other.journal") == 0)
        #expect(reach.revertible(besides: [scratch.state]) == [])
    }

    @Test("lets a halt find a drill whose state directory nobody names")
    func halt() async throws {
        let scratch = try Scratch()
        let child = try ChildProcess.spawn(
            .init(executable: "/bin/sleep", arguments: ["60"]))
        try register(scratch).write(contents("up", process: child.identity))
        let reach = DrillReach(directories: [], register: register(scratch))
        #expect(DrillStop.running(in: reach) == ["up"])
        async let status = child.wait()
        let findings = DrillStop(reach).run()
        #expect(findings.map(\.drill) == ["up"] && findings.first?.failure == "")
        #expect(await status == .signaled(SIGTERM))
        #expect(DrillStop.running(in: reach) == [])
    }

    /// A drill that died with an open record; returns its state directory.
    private func leaveDrill(_ drill: String, in scratch: Scratch) async throws -> String {
        let child = try ChildProcess.spawn(.init(executable: "/bin/true"))
        _ = await child.wait()
        let state = try StateDirectory("\(scratch.path)/state-of-\(drill)")
        var file = try JournalFile(
            creating: "\(drill).journal", in: state,
            first: .header(
                JournalHeader(
                    drill: drill, process: child.identity, boot: BootIdentifier.current)))
        _ = try file.append(.push(UndoRecord("f1", try scratch.makeDirectory("of-\(drill)"))))
        var entry = contents(drill, process: child.identity)
        entry.stateDirectory = state.path
        entry.use.resources = ["memory of the host"]
        try register(scratch).write(entry)
        return state.path
    }

    private func contents(
        _ drill: String, process: ProcessIdentity
    ) -> RegisteredDrill.Contents {
        RegisteredDrill.Contents(
            drill: drill, process: process, boot: BootIdentifier.current,
            processNamespace: RegisteredDrill.processNamespace, stateDirectory: "/nowhere")
    }
}

import Glibc
import Kernel
import Testing

@testable import Undo

@Suite("Halting")
struct HaltTests {
    @Test("An order stands until it is lifted, and the first one stays")
    func order() throws {
        let scratch = try Scratch()
        let orders = HaltOrders(stateDirectory: scratch.state, home: nil)
        #expect(orders.standing() == nil)
        #expect(try !orders.lift())
        let first = HaltOrder(
            reason: "the shop is on fire", user: 7, givenAt: 1_700_000_000 * 1_000_000_000)
        #expect(try orders.give(first))
        #expect(try !orders.give(HaltOrder(reason: "later", user: 8, givenAt: 2)))
        #expect(orders.standing() == first)
        #expect(
            first.text == "halted by user 7 at 2023-11-14T22:13:20Z: the shop is on fire")
        #expect(try orders.lift())
        #expect(orders.standing() == nil)
    }

    @Test("The host's order counts beside one's own, and is not one's own to lift")
    func hostOrder() throws {
        let scratch = try Scratch()
        let (host, own) = ("\(scratch.path)/host", "\(scratch.path)/own")
        let user = HaltOrders(own: own, obeyed: [host, own])
        let order = HaltOrder(reason: "", user: 0, givenAt: 5)
        #expect(try HaltOrders(own: host, obeyed: [host]).give(order))
        #expect(user.standing() == order)
        #expect(try !user.lift())
        #expect(user.standing() == order)
    }

    @Test("The host's order counts for drills with a state directory of their own")
    func named() throws {
        let scratch = try Scratch()
        let (host, home) = ("\(scratch.path)/host", "\(scratch.path)/home")
        let drill = HaltOrders(stateDirectory: scratch.state, home: home, host: host)
        #expect(drill.standing() == nil)
        let order = HaltOrder(reason: "", user: 0, givenAt: 5)
        #expect(try HaltOrders(own: host, obeyed: [host]).give(order))
        #expect(drill.standing() == order)
        #expect(try !drill.lift())
        #expect(try drill.give(HaltOrder(reason: "", user: 1, givenAt: 6)))
        #expect(try HaltOrders(own: host, obeyed: [host]).lift())
        #expect(drill.standing()?.user == 1)
    }

    @Test("The order for the whole host can be read by everybody, whatever its giver's umask is")
    func umask() async throws {
        let scratch = try Scratch()
        let host = "\(scratch.path)/lib/host"
        await #expect(processExitsWith: .success) { [host = host as String] in
            _ = Glibc.umask(0o077)
            _ = try HaltOrders(own: host, obeyed: [host])
                .give(HaltOrder(reason: "", user: 0, givenAt: 5))
        }
        for path in ["\(scratch.path)/lib", host] {
            #expect(FileStatus.of(path)?.permissions == 0o755)
        }
        // One that was made without heed is mended by the next order.
        let orders = HaltOrders(own: host, obeyed: [host])
        try #require(chmod(host, 0o700) == 0)
        #expect(try orders.lift() && orders.give(HaltOrder(reason: "", user: 0, givenAt: 6)))
        #expect(FileStatus.of(host)?.permissions == 0o755)
        // A user's own stays its own.
        let home = "\(scratch.path)/home"
        _ = try HaltOrders(own: home, obeyed: [host, home])
            .give(HaltOrder(reason: "", user: 1, givenAt: 5))
        #expect(FileStatus.of(home)?.permissions == 0o700)
    }

    @Test("An order in force says where it lies and what lifts it")
    func remedy() throws {
        let scratch = try Scratch()
        let (host, named) = ("\(scratch.path)/host", "\(scratch.path)/a b")
        let plain = HaltOrders(own: host, obeyed: [host])
        let other = HaltOrders(own: named, obeyed: [host, named], named: named)
        let order = HaltOrder(reason: "", user: geteuid(), givenAt: 5)
        #expect(try other.give(order))
        #expect(plain.inForce() == nil)
        #expect(other.inForce()?.directory == named)
        #expect(
            other.inForce()?.remedy
                == "`FIREDRILL_STATE='\(named)' firedrill resume` lifts the order")
        #expect(try plain.give(order) && other.lift())
        let suffix = geteuid() == 0 ? "" : " as root"
        #expect(
            other.inForce()?.remedy
                == "`env -u FIREDRILL_STATE firedrill resume`\(suffix) lifts the order")
        #expect(plain.inForce()?.remedy == "`firedrill resume`\(suffix) lifts the order")
        #expect(plain.inForce()?.directory == host)
    }

    @Test("A drill whose undo records nobody sees is not said to be without faults")
    func unseen() async throws {
        let scratch = try Scratch()
        let register = DrillRegister(directories: ["\(scratch.path)/register"])
        let child = try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: ["60"]))
        var entry = RegisteredDrill.Contents(
            drill: "up", process: child.identity, boot: BootIdentifier.current,
            processNamespace: RegisteredDrill.processNamespace,
            stateDirectory: "\(scratch.path)/gone")
        entry.use.faults = ["f1"]
        try register.write(entry)
        async let status = child.wait()
        let findings = DrillStop(
            DrillReach(directories: [], register: register), patience: .milliseconds(100)
        ).run()
        _ = await status
        let finding = try #require(findings.first)
        #expect(findings.count == 1 && finding.faultsOut == nil)
        #expect(finding.failure.contains("a fault was not seen to come out"))
    }

    @Test("An order that cannot be understood is in force")
    func damaged() throws {
        let scratch = try Scratch()
        let orders = HaltOrders(stateDirectory: scratch.state, home: nil)
        #expect(try orders.give(HaltOrder(reason: "", user: 0, givenAt: 0)))
        #expect(truncate("\(scratch.state)/halt.json", 3) == 0)
        #expect(orders.standing()?.reason.contains("cannot be understood") == true)
        #expect(unlink("\(scratch.state)/halt.json") == 0)
        #expect(symlink("/nowhere", "\(scratch.state)/halt.json") == 0)
        #expect(orders.standing()?.text.contains("an order that cannot be read") == true)
    }

    @Test(
        "A drill that is stopped loses its faults, whether it obeys or not",
        arguments: [true, false])
    func stop(obeys: Bool) async throws {
        let scratch = try Scratch()
        let marker = "drill-\(UInt64.random(in: 0 ... .max))"
        let state = scratch.state
        async let ended: Void = expectDrill(
            state: state, marker: marker, obeys: obeys, endsWith: obeys ? SIGTERM : SIGKILL)
        let isUp = await eventually { scratch.exists("state/up.journal") && hasVictim(marker) }
        #expect(isUp)
        let findings = DrillStop(directories: [state], patience: .milliseconds(300)).run()
        await ended
        let finding = try #require(findings.first)
        #expect(findings.count == 1 && finding.drill == "up" && finding.failure == "")
        #expect(finding.wasKilled == !obeys)
        #expect(finding.faultsOut != nil && finding.ended != nil)
        #expect(await eventually { processes(marked: marker).isEmpty })
        #expect(try Reversion(directory: state).run().map(\.state) == [.clean])
        #expect(DrillStop(directories: [state]).run() == [])
    }

    private func hasVictim(_ marker: String) -> Bool { processes(marked: marker).count == 2 }

    /// A drill with one fault, which lives until a signal ends it.
    private func expectDrill(
        state: String, marker: String, obeys: Bool, endsWith number: Int32
    ) async {
        await #expect(processExitsWith: .signal(number)) {
            [state = state as String, marker = marker as String, obeys = obeys as Bool] in
            if !obeys { signal(SIGTERM, SIG_IGN) }
            let journal = try await UndoJournal.start(
                directory: state, drill: "up", guardianExecutable: guardianExecutable)
            let victim = try Victim(marker: marker)
            _ = try await journal.push(UndoRecord("f1", .endSession(victim.process.identity)))
            victim.start()
            try await Task.sleep(for: .seconds(60))
        }
    }
}

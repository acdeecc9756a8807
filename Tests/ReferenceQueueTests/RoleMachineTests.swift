import Testing

@testable import ReferenceQueue

@Suite("Who is the primary")
struct RoleMachineTests {
    private func view(
        _ granted: Bool, epoch: Int64, holder: String = "a"
    ) -> LeaseView {
        LeaseView(
            granted: granted, epoch: epoch, holder: holder, address: "http://\(holder)",
            eligible: [])
    }

    private func primary(isFenced: Bool = true) -> RoleMachine {
        var machine = RoleMachine(lease: .nanoseconds(1000), seenEpoch: 0, isFenced: isFenced)
        let actions = machine.answered(view(true, epoch: 3), to: .acquire, sentAt: 100, now: 150)
        #expect(actions == [.promote(epoch: 3)])
        return machine
    }

    @Test("A lease counts from before it was asked for, less a margin")
    func validity() {
        var machine = primary()
        #expect(machine.holdsLease(at: 999))
        #expect(!machine.holdsLease(at: 1000))
        #expect(machine.answered(view(true, epoch: 3), to: .renew, sentAt: 500, now: 600) == [])
        #expect(machine.holdsLease(at: 1399))
        #expect(!machine.holdsLease(at: 1400))
    }

    @Test("A refused renewal ends the role and names the new primary")
    func lost() {
        var machine = primary()
        let actions = machine.answered(
            view(false, epoch: 4, holder: "b"), to: .renew, sentAt: 500, now: 600)
        #expect(actions == [.demote])
        #expect(machine.servingEpoch == nil)
        #expect(machine.holder == "b")
        #expect(machine.nextAction == .acquire)
    }

    @Test("A higher epoch ends the role, a lower one does not")
    func fencing() {
        var machine = primary()
        #expect(machine.heard(epoch: 2, holder: "b", address: "", now: 200) == [])
        #expect(machine.servingEpoch == 3)
        #expect(machine.heard(epoch: 4, holder: "b", address: "", now: 200) == [.demote])
    }

    @Test("A late answer about an earlier epoch changes nothing")
    func late() {
        var machine = primary()
        _ = machine.heard(epoch: 5, holder: "b", address: "", now: 200)
        #expect(machine.answered(view(true, epoch: 3), to: .renew, sentAt: 300, now: 300) == [])
        #expect(machine.servingEpoch == nil)
        #expect(!machine.holdsLease(at: 300))
    }

    @Test("With no-fencing a lost lease ends the role three seconds later")
    func unfenced() {
        var machine = primary(isFenced: false)
        let lost = machine.answered(
            view(false, epoch: 4, holder: "b"), to: .renew, sentAt: 500, now: 600)
        #expect(lost == [])
        #expect(machine.servingEpoch == 3)
        #expect(!machine.holdsLease(at: 601))
        #expect(machine.advance(now: 3_000_000_599) == [])
        #expect(machine.advance(now: 3_000_000_600) == [.demote])
    }

    @Test("A node that gave its lease up asks for none again")
    func released() {
        var machine = primary()
        #expect(machine.release() == [.demote])
        #expect(machine.nextAction == nil)
        #expect(machine.answered(view(true, epoch: 9), to: .acquire, sentAt: 0, now: 0) == [])
    }
}

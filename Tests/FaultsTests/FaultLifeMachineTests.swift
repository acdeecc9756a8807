import Testing

@testable import Faults

@Suite("The order of a fault's life")
struct FaultLifeMachineTests {
    typealias Action = FaultLifeMachine.Action

    /// The actions of a life in which `failing` fails and cancellation comes during `cancelled`.
    private func life(failing: Action? = nil, cancelled: Action? = nil) -> [Action] {
        var machine = FaultLifeMachine()
        var actions: [Action] = []
        var isCancelled = false
        while machine.action != .end, actions.count < 50 {
            actions.append(machine.action)
            isCancelled = isCancelled || machine.action == cancelled
            machine.advance(machine.action == failing ? .failed : .done, isCancelled: isCancelled)
        }
        return actions
    }

    static let whole: [Action] = [
        .resolve, .allow, .snapshot, .record, .inject, .readBack, .hold, .prove, .revert, .verify,
        .closeRecord,
    ]

    @Test("is the one of the design when nothing goes wrong")
    func order() {
        #expect(life() == Self.whole)
    }

    @Test(
        "touches nothing when it ends before its record",
        arguments: [.resolve, .allow, .snapshot] as [Action])
    func early(action: Action) {
        for actions in [life(failing: action), life(cancelled: action)] {
            #expect(actions.last == action)
            #expect(!actions.contains(.inject))
        }
    }

    @Test("closes its record, and injects nothing, when recording fails or is the last it may do")
    func recording() {
        let expected: [Action] = [.resolve, .allow, .snapshot, .record, .closeRecord]
        #expect(life(failing: .record) == expected)
        #expect(life(cancelled: .record) == expected)
    }

    @Test(
        "takes out and verifies whatever was touched",
        arguments: [.inject, .readBack, .hold, .prove, .revert] as [Action])
    func wayOut(action: Action) {
        for actions in [life(failing: action), life(cancelled: action)] {
            #expect(actions.suffix(3) == [.revert, .verify, .closeRecord])
        }
    }

    @Test("leaves its record open when it could not be verified")
    func unverified() {
        #expect(life(failing: .verify).last == .verify)
    }

    @Test("has the undo record before the deed, always", arguments: whole)
    func recordFirst(action: Action) {
        for actions in [life(failing: action), life(cancelled: action)] {
            guard let deed = actions.firstIndex(of: .inject) else { continue }
            #expect(actions[..<deed].contains(.record))
        }
    }

    @Test("keeps what was measured when the drill is aborted in mid-hold")
    func abort() {
        #expect(life(cancelled: .hold) == Self.whole)
    }
}

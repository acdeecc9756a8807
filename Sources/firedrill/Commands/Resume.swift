import ArgumentParser
import Undo

/// `firedrill resume`: lifts the order that `firedrill halt` gave.
struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let drills begin again after 'firedrill halt'.",
        discussion: """
            Lifts this user's own order; where FIREDRILL_STATE names a state directory, the one for \
            the drills that use it. While another order stands, this exits with 2 and says what \
            lifts that one: root's order for the whole host is root's to lift.
            """)

    func run() throws {
        let orders = UndoState.haltOrders
        let lifted = try orders.lift()
        if let standing = orders.inForce() {
            if lifted { Console.line("the order in \(orders.directory) is lifted") }
            Console.line(
                "drills stay \(standing.order.text), in \(standing.directory); \(standing.remedy)")
            throw ExitCode(2)
        }
        if lifted { return Console.line("drills may begin again") }
        Console.line("there was no order to lift in \(orders.directory)")
        if UndoState.named == nil {
            Console.line("one that was given with FIREDRILL_STATE is lifted with the same")
        }
    }
}

import ArgumentParser
import Undo

/// `firedrill resume`: lifts the order that `firedrill halt` gave.
struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let drills begin again after 'firedrill halt'.",
        discussion: """
            Lifts this user's own order. Root's order for the whole host is root's to lift: while \
            it stands, this exits with 2 and says so.
            """)

    func run() throws {
        let orders = UndoState.haltOrders
        let lifted = try orders.lift()
        if let standing = orders.standing() {
            Console.line("drills stay \(standing.text); only root lifts the host's order")
            throw ExitCode(2)
        }
        Console.line(lifted ? "drills may begin again" : "there was no order to lift")
    }
}

// lab-injector GUARDIAN STATE netem|htb [STEP]: takes one fault after another on the loopback
// interface through its life, until it is killed; kills itself at a step when it is told one.
// lab-injector GUARDIAN STATE netem|htb measure: times what a fault costs, and tc beside it.
import Glibc
import Kernel
import Undo

let arguments = CommandLine.arguments
guard (4...5).contains(arguments.count), ["netem", "htb"].contains(arguments[3]) else {
    print("usage: lab-injector GUARDIAN STATE netem|htb [STEP|measure]")
    exit(2)
}

@MainActor
func reach(_ step: String) {
    if arguments.last == step { kill(getpid(), SIGKILL) }
}

/// Puts a fault in and takes it out again, in the order that every fault keeps.
@MainActor
func live(_ number: Int, _ journal: UndoJournal) async throws {
    // Both ways of steering take their turns.
    let fault = labFault(arguments[3], isSteeredByTable: number % 2 == 1)
    let before = try fault.snapshot()
    reach("snapshot")
    let record = undoRecord("f\(number)", of: fault, restoring: before)
    _ = try await journal.push(record)
    reach("recorded")
    try fault.install(over: before)
    reach("injected")
    let differences = try fault.readBack().differences
    guard differences.isEmpty else { fatalError("\(differences)") }
    reach("read back")
    try await Task.sleep(for: .milliseconds(3))
    reach("held")
    try fault.subside()
    reach("subsided")
    let restoration = try fault.remove(restoring: before)
    reach("reverted")
    guard restoration == .same, try fault.snapshot() == before else {
        fatalError("\(restoration)")
    }
    reach("verified")
    try await journal.close(record.identifier)
    reach("closed")
}

do {
    let journal = try await UndoJournal.start(
        directory: arguments[2], drill: "lab", guardianExecutable: arguments[1])
    if arguments.last == "measure" {
        try await Measurement(journal: journal, arguments: arguments).run()
        exit(0)
    }
    // Whoever kills this at random moments counts them from here.
    var ready = UInt8(ascii: "\n")
    guard write(STDOUT_FILENO, &ready, 1) == 1 else { exit(1) }
    reach("started")
    var number = 0
    while true {
        number += 1
        try await live(number, journal)
    }
} catch {
    print("lab-injector: \(error)")
    exit(1)
}

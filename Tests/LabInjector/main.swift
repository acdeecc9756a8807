// lab-injector GUARDIAN STATE [STEP]: takes one netem after another on the loopback interface
// through the life of a fault, until it is killed; kills itself at a step when it is told one.
import Glibc
import Kernel
import Undo

let loopback: Int32 = 1
let arguments = CommandLine.arguments
guard arguments.count == 3 || arguments.count == 4 else {
    print("usage: lab-injector GUARDIAN STATE [STEP]")
    exit(2)
}

@MainActor
func reach(_ step: String) {
    if arguments.last == step { kill(getpid(), SIGKILL) }
}

/// Puts netem in and takes it out again, in the order that every fault keeps.
@MainActor
func live(_ number: Int, _ journal: UndoJournal) async throws {
    var netem = PortNetem(
        interface: loopback, ports: [7001], parameters: NetemParameters(delay: .milliseconds(20)))
    netem.handle = PortNetem.handle(ofProcess: getpid())
    // Both ways of steering take their turns.
    if number % 2 == 1 { netem.steering = NftablesSteering(table: "lab-injector-\(getpid())") }
    let before = try netem.snapshot()
    reach("snapshot")
    let record = UndoRecord(
        identifier: "f\(number)", summary: "netem on lo",
        reversal: .deleteQdisc(interface: "lo", index: loopback, handle: netem.handle))
    _ = try await journal.push(record)
    reach("recorded")
    try netem.install()
    reach("injected")
    let reading = try netem.readBack()
    guard reading.differences.isEmpty else { fatalError("\(reading.differences)") }
    reach("read back")
    try await Task.sleep(for: .milliseconds(3))
    reach("held")
    try netem.unsteer()
    reach("unsteered")
    try netem.remove()
    reach("reverted")
    let after = try netem.snapshot()
    guard after == before else { fatalError("\(after), not \(before)") }
    reach("verified")
    try await journal.close(record.identifier)
    reach("closed")
}

let journal = try await UndoJournal.start(
    directory: arguments[2], drill: "lab", guardianExecutable: arguments[1])
// Whoever kills this at random moments counts them from here.
var ready = UInt8(ascii: "\n")
guard write(STDOUT_FILENO, &ready, 1) == 1 else { exit(1) }
reach("started")
var number = 0
while true {
    number += 1
    try await live(number, journal)
}

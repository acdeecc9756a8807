// crash-campaign PROGRAMS PLAYBOOK DIRECTORY SEED FIRST COUNT SPAN: kills drills at random instants.
//
// PROGRAMS holds firedrill and its guardian, DIRECTORY is empty, SPAN is in milliseconds and a little
// longer than the drill takes. Prints one JSON object a run; ends with 1 when one left something.
import FoundationEssentials
import Glibc
import Kernel

let arguments = CommandLine.arguments
guard arguments.count == 8, let seed = UInt64(arguments[4]), let first = Int(arguments[5]),
    let count = Int(arguments[6]), let span = Int64(arguments[7])
else {
    print("usage: crash-campaign PROGRAMS PLAYBOOK DIRECTORY SEED FIRST COUNT SPAN")
    exit(2)
}

var failed = false
let encoder = JSONEncoder()
encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
do {
    let sandbox = try await Sandbox(
        directory: arguments[3], programs: arguments[1], playbook: arguments[2])
    do {
        for number in first..<first + count {
            let run = CampaignRun(number, seed: seed, span: .milliseconds(span), sandbox: sandbox)
            let result = try await run.perform()
            // Past the buffer of print, so that a campaign that is ended tells what it has done.
            let line = Array(try encoder.encode(result)) + [0x0a]
            _ = write(STDOUT_FILENO, line, line.count)
            failed = failed || !result.failures.isEmpty
        }
        await sandbox.remove()
    } catch {
        await sandbox.remove()
        throw error
    }
} catch {
    print("crash-campaign: \(error)")
    exit(7)
}
exit(failed ? 1 : 0)

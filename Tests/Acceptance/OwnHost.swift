import Foundation
import Kernel
import Testing

/// A host of its own, as far as drills keep something about their host: its `/run`, `/var/lib` and
/// `/dev/shm` are empty, and nobody else's drill sees an order that is given here.
struct OwnHost {
    let command: DrillCommand

    /// Runs a shell script to its end, in which `$D` is the directory of the command, `firedrill` the
    /// program, `await_text FILE TEXT` waits for a drill, and `code NAME COMMAND…` keeps what a
    /// command prints in `NAME.txt` and its exit code in `NAME.code`.
    func run(_ script: String) async throws {
        let prelude = """
            mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/lib || exit 9
            mount -t tmpfs -o mode=1777 tmpfs /dev/shm || exit 9
            firedrill() { "$PROGRAM" "$@"; }
            code() { name=$1; shift; "$@" > "$D/$name.txt" 2>&1; echo $? > "$D/$name.code"; }
            await_text() {
                for i in $(seq 3000); do grep -q "$2" "$D/$1.txt" 2> /dev/null && return; sleep 0.02; done
                exit 8
            }
            cd "$D"
            export FIREDRILL_EVIDENCE="$D/evidence"

            """
        let output = try Descriptor.open(
            "\(command.directory)/script.txt", flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        let shell = try ChildProcess.spawn(
            ChildProcess.Options(
                executable: "/usr/bin/unshare",
                arguments: [
                    "--mount", "--propagation", "private", "/bin/bash", "-c", prelude + script,
                ],
                environment: [
                    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=\(command.directory)",
                    "D=\(command.directory)", "PROGRAM=\(try DrillCommand.programs)/firedrill",
                ], workingDirectory: DrillCommand.checkout, standardOutput: output.number,
                standardError: output.number))
        let status = await shell.wait(atMost: .seconds(120))
        #expect(status == .exited(0), "\(text("script"))")
        if status == nil { _ = await shell.terminate(grace: .zero) }
    }

    /// What a command of the script printed.
    func text(_ name: String) -> String {
        (try? String(contentsOfFile: "\(command.directory)/\(name).txt", encoding: .utf8)) ?? ""
    }

    /// The exit code of a command of the script; nil when it did not end.
    func code(_ name: String) -> Int32? {
        let path = "\(command.directory)/\(name).code"
        return (try? String(contentsOfFile: path, encoding: .utf8))
            .flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    /// Writes a playbook that pauses processes outside of any testbed.
    func writePause(
        _ name: String, on selector: String, for duration: String = "60 s", limits: String = ""
    ) throws {
        try """
        playbook: \(name)
        hypothesis: Somebody ends this early.
        method:
          - { fault: process.pause, on: { \(selector) }, for: \(duration) }
        limits: { processes: 1\(limits) }
        """.write(
            toFile: "\(command.directory)/\(name).yaml", atomically: true, encoding: .utf8)
    }
}

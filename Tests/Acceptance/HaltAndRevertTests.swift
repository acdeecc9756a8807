import Foundation
import Kernel
import Testing

/// What people type when something has gone wrong already.
@Suite("Halt, resume and revert", .serialized)
struct HaltAndRevertTests {
    /// A drill with a state directory of its own that pauses a process of the script's.
    private static let start = """
        sleep 600 & victim=$!; echo $victim > victim.pid
        trap 'kill -KILL $victim' EXIT
        state() { awk '{print $3}' /proc/$victim/stat; }
        FIREDRILL_STATE="$D/one" "$PROGRAM" run --yes --json one.yaml > one.txt 2>&1 & drill=$!
        await_text one faultInjected

        """

    @Test("A drill ends also where the order to halt cannot be written")
    func full() async throws {
        try await withHost { host in
            try await host.run(
                Self.start + """
                    mount -t tmpfs -o size=16k none /var/lib
                    head -c 100k /dev/zero > /var/lib/full 2> /dev/null
                    state > before.txt
                    code halt firedrill halt
                    state > state.txt
                    wait $drill || true
                    """)
            #expect(host.code("halt") == 7, "\(host.text("halt"))")
            #expect(host.text("halt").contains("the last fault was out after"))
            #expect(host.text("halt").contains("No space left"), "\(host.text("halt"))")
            #expect(!host.text("halt").contains("no drill begins"))
            #expect(host.text("before") == "T\n" && host.text("state") == "S\n")
        }
    }

    @Test("revert --all takes out what a drill left in a state directory that nobody names")
    func named() async throws {
        try await withHost { host in
            try await host.run(
                Self.start + """
                    pid() {
                        sed -n "s/.*\\"$1\\":{[^}]*\\"pid\\":\\([0-9]*\\).*/\\1/p" \
                            /run/firedrill-drills/*.json
                    }
                    guardian=$(pid guardian); standby=$(pid standby)
                    kill -KILL $standby $guardian $drill; wait $drill
                    for pid in $guardian $standby; do
                        for i in $(seq 500); do [ -d /proc/$pid ] || break; sleep 0.01; done
                    done
                    state > before.txt
                    FIREDRILL_STATE="$D/two" code refused firedrill run --yes --json one.yaml
                    code plain firedrill revert
                    code all firedrill revert --all
                    state > after.txt
                    ls -A /run/firedrill-drills > left.txt
                    """)
            let state = "\(host.command.directory)/one"
            #expect(host.text("before") == "T\n")
            #expect(
                host.text("refused").contains("run FIREDRILL_STATE=\(state) firedrill revert"),
                "\(host.text("refused"))")
            #expect(host.code("all") == 0, "\(host.text("all"))")
            #expect(host.text("all").contains("everything is out"), "\(host.text("all"))")
            #expect(host.text("after") == "S\n" && host.text("left") == "")
        }
    }

    @Test("resume says which order stands, and what lifts it")
    func resume() async throws {
        try await withHost { host in
            try await host.run(
                """
                export HOME="$D"
                FIREDRILL_STATE="$D/one" code scoped firedrill halt
                code other firedrill resume
                (umask 077; code host firedrill halt)
                stat -c %a /var/lib/firedrill > mode.txt
                FIREDRILL_STATE="$D/one" code both firedrill resume
                code last firedrill resume
                """)
            let own = "`FIREDRILL_STATE=\(host.command.directory)/one firedrill resume`"
            #expect(host.text("scoped").contains("begins until \(own)"), "\(host.text("scoped"))")
            #expect(host.text("other").contains("there was no order to lift in /var/lib/firedrill"))
            #expect(host.text("mode") == "755\n")
            #expect(host.code("both") == 2)
            #expect(host.text("both").contains("`env -u FIREDRILL_STATE firedrill resume` lifts"))
            #expect(host.code("last") == 0 && host.text("last") == "drills may begin again\n")
        }
    }

    @Test("revert --forget exits with 5 where something is left")
    func forget() async throws {
        try await withHost { host in
            try await host.run(
                """
                mkdir -m 700 one; echo nonsense > one/d.journal; chmod 600 one/d.journal
                export FIREDRILL_STATE="$D/one"
                code revert firedrill revert
                code forget firedrill revert --forget d
                code after firedrill revert
                """)
            let command =
                "FIREDRILL_STATE=\(host.command.directory)/one firedrill revert --forget d"
            #expect(host.code("revert") == 5)
            #expect(host.text("revert").contains("`\(command)`"), "\(host.text("revert"))")
            #expect(host.code("forget") == 5, "\(host.text("forget"))")
            #expect(host.code("after") == 0)
        }
    }

    private func withHost(_ body: (OwnHost) async throws -> Void) async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let host = OwnHost(command: command)
        // A stop by a signal outlives the drill and its guardian, as one by ptrace(2) does not.
        try """
        playbook: one
        hypothesis: Somebody ends this early.
        method:
          - fault: process.kill
            signal: STOP
            for: 60 s
            on: { pid_file: \(command.directory)/victim.pid }
        limits: { processes: 1 }
        """.write(
            toFile: "\(command.directory)/one.yaml", atomically: true, encoding: .utf8)
        try await body(host)
    }
}

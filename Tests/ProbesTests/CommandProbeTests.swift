import Glibc
import Kernel
import Playbooks
import Probes
import Records
import Testing

@Suite("The command probe")
struct CommandProbeTests {
    private func step(
        _ run: [String], timeout: Duration = .seconds(20), expect: [String: ArgumentValue] = [:]
    ) -> ProbeStep {
        ProbeStep(
            kind: "command",
            arguments: Arguments([
                "run": .list(run.map(ArgumentValue.string)), "timeout": .duration(timeout),
                "expect": .mapping(Arguments(expect)),
            ]))
    }

    private func ask(_ step: ProbeStep) async throws -> ProbeSample? {
        await (try ProbeCatalogue.make(step)).ask(context: .real()).first
    }

    @Test(
        "the exit code decides",
        arguments: [
            (["/bin/true"], 0, ProbeSample.Result.healthy, "exit 0"),
            (["true"], 0, .healthy, "exit 0"),
            (["/bin/false"], 0, .unhealthy, "exit 1"),
            (["/bin/false"], 1, .healthy, "exit 1"),
            (["/bin/sh", "-c", "kill -9 $$"], 0, .unhealthy, "signal 9"),
        ] as [([String], Int64, ProbeSample.Result, String)])
    func exitCode(
        _ run: [String], _ expected: Int64, _ result: ProbeSample.Result, _ answer: String
    ) async throws {
        let sample = try await ask(step(run, expect: ["exit": .integer(expected)]))
        #expect(sample?.result == result)
        #expect(sample?.answer == answer)
    }

    @Test("the output must contain the expected text, and evidence never holds the output")
    func output() async throws {
        let text = ["output_contains": ArgumentValue.string("needle")]
        let found = try await ask(step(["/bin/echo", "a needle here"], expect: text))
        #expect(found?.result == .healthy)
        #expect(found?.answer == "exit 0")
        let error = try await ask(step(["/bin/sh", "-c", "echo needle >&2"], expect: text))
        #expect(error?.result == .healthy)
        let other = try await ask(step(["/bin/echo", "s3cret"], expect: text))
        #expect(other?.answer == "exit 0, other output")
        #expect(other?.result == .unhealthy)
    }

    @Test("output beyond the bound is read, thrown away and never hides that it was cut")
    func outputBound() async throws {
        let flood = "head -c 5000000 /dev/zero | tr '\\0' x; echo needle"
        let text = ["output_contains": ArgumentValue.string("needle")]
        let cut = try await ask(step(["/bin/sh", "-c", flood], expect: text))
        #expect(cut?.result == .unknown)
        #expect(cut?.answer == "exit 0, output over 64 KiB")
        let plain = try await ask(step(["/bin/sh", "-c", flood]))
        #expect(plain?.result == .healthy)
    }

    @Test("there is no shell, no input and no environment but PATH")
    func surroundings() async throws {
        let shell = try await ask(
            step(["/bin/echo", "$HOME"], expect: ["output_contains": .string("$HOME")]))
        #expect(shell?.result == .healthy)
        let input = try await ask(step(["/bin/cat"]))
        #expect(input?.answer == "exit 0")
        let names = "test \"$(env | grep -v -E '^(PATH|PWD|SHLVL|_)=')\" = ''"
        let environment = try await ask(step(["/bin/sh", "-c", names]))
        #expect(environment?.answer == "exit 0")
    }

    @Test("a program that outlives its time is killed with all that it started")
    func timeout() async throws {
        let number = "3600.\(getpid())1"
        let script = "sleep \(number) & trap '' TERM; sleep \(number)"
        let sample = try await ask(
            step(["/bin/sh", "-c", script], timeout: .milliseconds(300)))
        #expect(sample?.result == .unhealthy)
        #expect(sample?.answer == "timeout")
        #expect(running("sleep \(number)").isEmpty)
    }

    @Test("what a program leaves behind when it ends is killed as well")
    func leftovers() async throws {
        let number = "3600.\(getpid())2"
        let sample = try await ask(step(["/bin/sh", "-c", "sleep \(number) & exit 3"]))
        #expect(sample?.answer == "exit 3")
        #expect(running("sleep \(number)").isEmpty)
    }

    @Test("cancelling the task kills the program and answers unknown")
    func cancel() async throws {
        let number = "3600.\(getpid())3"
        let probe = try ProbeCatalogue.make(step(["/bin/sleep", number], timeout: .seconds(300)))
        let task = Task { await probe.ask(context: .real(bound: .seconds(300))) }
        for _ in 0..<2000 {
            guard running(number).isEmpty else { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(running(number).count == 1)
        task.cancel()
        let samples = await task.value
        #expect(samples.map(\.result) == [.unknown])
        #expect(samples.map(\.answer) == ["cancelled"])
        #expect(running(number).isEmpty)
    }

    @Test(
        "a command that cannot be run is refused when the probe is made",
        arguments: [
            ([], "'run' is empty"), ([""], "'run' is empty"), (["a\0b"], "NUL"),
            (["no-such-program-here"], "there is no program"), (["/etc/passwd"], "no program"),
        ])
    func refused(_ run: [String], _ reason: String) {
        let error = #expect(throws: ProbeError.self) { try ProbeCatalogue.make(step(run)) }
        #expect(error?.description.contains(reason) == true)
    }

    /// The processes whose command line holds a text that only this test uses.
    private func running(_ text: String) -> [ProcessIdentity] {
        ProcessTable.all().filter { process in
            guard process.pid != getpid(),
                let words = ProcessTable.commandLine(of: process.pid)
            else { return false }
            return words.joined(separator: " ").contains(text) && ProcessTable.isAlive(process)
        }
    }
}

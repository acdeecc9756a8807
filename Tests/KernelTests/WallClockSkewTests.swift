import Glibc
import TestSupport
import Testing

@testable import Kernel

@Suite("Another wall clock for one process", .timeLimit(.minutes(1)))
struct WallClockSkewTests {
    /// A program that shows its wall clock each time that a line is written to it.
    private final class Shower {
        let child: ChildProcess
        private let input: Descriptor
        private let output: Descriptor

        init() throws {
            var question: [Int32] = [-1, -1]
            var answer: [Int32] = [-1, -1]
            try #require(pipe(&question) == 0 && pipe(&answer) == 0)
            let (theirInput, theirOutput) = (Descriptor(question[0]), Descriptor(answer[1]))
            (input, output) = (Descriptor(question[1]), Descriptor(answer[0]))
            child = try ChildProcess.spawn(
                .init(
                    executable: "/bin/bash",
                    arguments: ["-c", "while read -r line; do echo \"$EPOCHREALTIME\"; done"],
                    environment: ["LC_ALL=C"], standardInput: theirInput.number,
                    standardOutput: theirOutput.number))
        }

        /// By how many seconds its clock is ahead of ours.
        func offset() throws -> Double {
            var line: [UInt8] = [0x0a]
            try #require(Glibc.write(input.number, &line, 1) == 1)
            var buffer = [UInt8](repeating: 0, count: 64)
            let count = Glibc.read(output.number, &buffer, buffer.count)
            let text = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
            let seconds = try #require(Double(text.filter { $0 != "\n" }), "\(text)")
            return seconds - Double(RealTimeClock.now) / 1e9
        }
    }

    @Test(
        "jumps while it runs, ahead or behind, and comes back byte for byte",
        arguments: [Duration.seconds(3600), .milliseconds(-7_200_250), .milliseconds(900)])
    func jump(offset: Duration) async throws {
        let shower = try Shower()
        let bystander = try Shower()
        #expect(abs(try shower.offset()) < 0.8)
        let skew = try WallClockSkew(of: shower.child.identity)
        #expect(try skew.isOriginal())
        try skew.skew(by: offset)
        let seconds = Double(offset.inNanoseconds) / 1e9
        // The answer takes its time on a busy host, and only ever makes it look behind.
        let shown = try shower.offset()
        #expect(shown < seconds + 0.01 && shown > seconds - 0.4, "\(shown)")
        #expect(abs(try bystander.offset()) < 0.4)
        #expect(try !skew.isOriginal())
        // Somebody else does not take the changed code for the kernel's.
        #expect(throws: KernelError.self) { try WallClockSkew(of: shower.child.identity) }
        try skew.restore()
        #expect(try skew.isOriginal())
        #expect(abs(try shower.offset()) < 0.4)
        for child in [shower.child, bystander.child] { _ = await child.terminate(grace: .zero) }
        #expect(throws: KernelError.self) { try skew.isOriginal() }
    }

    @Test("comes back although a thread cannot be stopped for seconds")
    func unstoppable() async throws {
        var answer: [Int32] = [-1, -1]
        try #require(pipe(&answer) == 0)
        let (output, theirs) = (Descriptor(answer[0]), Descriptor(answer[1]))
        // clone(CLONE_VFORK | SIGCHLD) of x86-64: the parent takes no signal until the child ends.
        let program = """
            $SIG{USR1} = sub {
                return if syscall(56, 0x4011, 0, 0, 0, 0);
                syswrite STDOUT, "away";
                select undef, undef, undef, 5;
                exit;
            };
            syswrite STDOUT, "here";
            sleep 60 while 1;
            """
        let child = try ChildProcess.spawn(
            .init(
                executable: "/usr/bin/perl", arguments: ["-e", program],
                standardOutput: theirs.number))
        func said() -> String {
            var buffer = [UInt8](repeating: 0, count: 4)
            let count = Glibc.read(output.number, &buffer, buffer.count)
            return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        }
        #expect(said() == "here")
        let skew = try WallClockSkew(of: child.identity)
        try skew.skew(by: .seconds(60))
        try child.signal(SIGUSR1)
        #expect(said() == "away")
        // What gives up lets go what it could not stop, or it would stand still later on.
        #expect(throws: KernelError.self) { try skew.skew(by: .seconds(90)) }
        let status = SmallFile.text("/proc/\(child.identity.pid)/status")
        #expect(status?.contains("TracerPid:\t0\n") == true)
        try skew.restore()
        #expect(try skew.isOriginal())
        _ = await child.terminate(grace: .zero)
    }

    @Test(
        "writes an offset as whole seconds and a rest that is never negative",
        arguments: [
            (Duration.seconds(1.5), 1, 500_000_000), (.seconds(-1.5), -2, 500_000_000),
            (.seconds(-2), -2, 0), (.milliseconds(-1), -1, 999_000_000),
        ] as [(Duration, Int64, Int64)])
    func data(offset: Duration, seconds: Int64, nanoseconds: Int64) {
        let bytes = ClockCode.bytes(offset: offset)
        func number(at place: Int) -> Int64 {
            (0..<8).reversed().reduce(0) { $0 << 8 | Int64(bytes[place + $1]) }
        }
        #expect(bytes.count == ClockCode.size)
        #expect(number(at: 0xa8) == seconds)
        #expect(number(at: 0xb0) == nanoseconds)
        #expect(number(at: 0xb8) == nanoseconds / 1000)
    }

    @Test("jumps by the distance from the end of the instruction")
    func jumps() {
        #expect(ClockCode.jump(from: 0x100, to: 0x105) == [0xe9, 0, 0, 0, 0])
        #expect(ClockCode.jump(from: 0x100, to: 0x100) == [0xe9, 0xfb, 0xff, 0xff, 0xff])
    }

    @Test("takes nothing for the kernel's code that is not, however it is cut")
    func strangers() throws {
        let functions = ClockCode.entries.map(\.symbol)
        #expect(ClockImage([], functions: functions) == nil)
        #expect(ClockImage([UInt8](repeating: 0xff, count: 8192), functions: functions) == nil)
        let lines = (SmallFile.text("/proc/self/maps") ?? "").split(separator: "\n")
        let line = try #require(lines.first { $0.hasSuffix("[vdso]") })
        let bounds = line.prefix { $0 != " " }.split(separator: "-").compactMap {
            UInt64($0, radix: 16)
        }
        let own = try #require(ProcessTable.identity(of: getpid()))
        let memory = try ProcessMemory(of: ProcessHandle(own), isWritten: false)
        let bytes = try memory.read(at: bounds[0], count: Int(bounds[1] - bounds[0]))
        #expect(ClockImage(bytes, functions: functions)?.functions.count == 3)
        #expect(ClockImage(bytes, functions: ["__vdso_nothing"]) == nil)
        for count in stride(from: 0, to: 1024, by: 7) {
            #expect(ClockImage(Array(bytes[..<count]), functions: functions) == nil)
        }
    }
}

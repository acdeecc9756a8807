import FoundationEssentials
import Glibc
import Kernel
import Records

@testable import Undo

/// A state directory of one test, removed with it.
final class Scratch: Sendable {
    let path: String
    private let status: FileStatus

    init() throws {
        let name = String(UInt64.random(in: 0 ... .max), radix: 16)
        path = "/tmp/firedrill-test-\(name)"
        _ = try StateDirectory(path)
        guard let status = FileStatus.of(path) else {
            throw KernelError(call: "lstat", object: path, reason: .vanished)
        }
        self.status = status
    }

    deinit {
        _ = try? DirectoryTree.remove(path, device: status.device, inode: status.inode)
    }

    var state: String { "\(path)/state" }

    /// A directory below, and the reversal that removes it.
    func makeDirectory(_ name: String) throws -> Reversal {
        let directory = "\(path)/\(name)"
        guard mkdir(directory, 0o700) == 0 else {
            throw KernelError(call: "mkdir", object: directory, reason: .errno(errno))
        }
        let held = try Descriptor.open(directory, flags: O_RDONLY | O_DIRECTORY)
        return .removal(of: directory, try DirectoryMark(of: held, at: directory))
    }

    func exists(_ name: String) -> Bool { FileStatus.of("\(path)/\(name)") != nil }
}

/// The guardian's program, which lies beside the tests'.
var guardianExecutable: String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let bytes = buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }
    let program = String(decoding: bytes, as: UTF8.self)
    return program.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
        + "/firedrill-guardian"
}

/// Processes whose command line holds this text.
func processes(marked marker: String) -> [ProcessIdentity] {
    ProcessTable.all().filter { identity in
        ProcessTable.commandLine(of: identity.pid)?.contains { $0.contains(marker) } == true
            && ProcessTable.isAlive(identity)
    }
}

/// What a drill's evidence says of what others undid.
func testimony(_ scratch: Scratch) throws -> [UndoneEntry] {
    let file = try Descriptor.open("\(scratch.path)/evidence/undone.jsonl", flags: O_RDONLY)
    return try file.readAll().split(separator: 0x0a).map {
        try JSONDecoder().decode(UndoneEntry.self, from: Data($0))
    }
}

/// Polls a condition that must come true, for at most `seconds`.
func eventually(
    within seconds: Int = 10, _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = MonotonicClock.now + Int64(seconds) * 1_000_000_000
    while MonotonicClock.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return try await condition()
}

extension UndoRecord {
    init(_ identifier: String, _ reversal: Reversal, deadline: Int64? = nil) {
        self.init(
            identifier: identifier, summary: "take out \(identifier)", reversal: reversal,
            deadline: deadline)
    }
}

/// A shell that waits for a line and then leaves a process behind in its session.
struct Victim {
    let process: ChildProcess
    private let starter: Descriptor

    /// - Parameter marker: an argument that the process left behind can be found by.
    init(marker: String) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw KernelError(call: "pipe", object: "", reason: .errno(errno))
        }
        let reader = Descriptor(ends[0])
        starter = Descriptor(ends[1])
        _ = fcntl(starter.number, F_SETFD, FD_CLOEXEC)
        _ = fcntl(reader.number, F_SETFD, FD_CLOEXEC)
        // The second shell ignores what usually ends a session's processes.
        let script = "read line || exit; (trap '' HUP TERM INT; sleep 600; : \(marker)) & wait"
        process = try ChildProcess.spawn(
            .init(
                executable: "/bin/bash", arguments: ["-c", script, marker],
                environment: ["PATH=/usr/bin:/bin"], standardInput: reader.number))
    }

    /// Ends it with its session; closes the pipe no earlier than here.
    func end() async {
        _ = ReversalPerformer().perform(.endSession(process.identity))
        _ = await process.wait()
        withExtendedLifetime(starter) {}
    }

    func start() {
        var newline = UInt8(ascii: "\n")
        _ = write(starter.number, &newline, 1)
    }
}

import CLinux
import Glibc
import Synchronization

/// Another wall clock for one running process, by the code with which it reads the kernel's.
///
/// Programs read clocks without a system call, through functions that the kernel maps into each
/// process (vdso(7)). The process gets a copy of that page of its own, in which they answer another
/// time; all threads stand still while it is written, and none is inside. What a program asks of the
/// kernel by a system call of its own, deadlines that the kernel watches, and the times of files
/// stay as they are, and so do all other processes.
public struct WallClockSkew: Sendable {
    private let process: ProcessHandle
    private let base: UInt64
    private let original: [UInt8]
    private let image: ClockImage

    /// Reads the code of a process; changes nothing.
    ///
    /// Throws ``KernelError`` when there is none, when its functions or the room for others are
    /// missing, when somebody else has changed it already, and on processors other than x86-64.
    public init(of identity: ProcessIdentity) throws(KernelError) {
        process = try ProcessHandle(identity)
        let memory = try ProcessMemory(of: process, isWritten: false)
        let place = try Self.place(in: identity)
        base = place.start
        original = try memory.read(at: place.start, count: place.size)
        image = try Self.image(of: original, object: "\(identity)")
        guard let own = ProcessTable.identity(of: getpid()), own != identity else { return }
        // The kernel gives the same code to all.
        guard try WallClockSkew(of: own).original == original else {
            throw KernelError(
                call: "read the vDSO", object: "\(identity)",
                reason: .refused(
                    "somebody has changed it already, or it is another kind of program"))
        }
    }

    /// Whether the clock of processes can be changed here, asked of this process's own.
    public static func capability() -> KernelAnswer {
        do {
            guard let own = ProcessTable.identity(of: getpid()) else {
                return KernelAnswer(.unknown, "/proc/self/stat is unreadable")
            }
            let clock = try WallClockSkew(of: own)
            return KernelAnswer(
                .present,
                "the vDSO of this process has its three functions, and "
                    + "\(clock.original.count - clock.image.spare) bytes to spare")
        } catch {
            return KernelAnswer(.absent, "\(error)")
        }
    }

    /// Puts the wall clock of the process ahead by `offset`, or behind when it is negative.
    ///
    /// Blocks until no thread of it reads a clock, at most a second; may be called again.
    public func skew(by offset: Duration) throws(KernelError) {
        var pieces = [(place: image.spare, bytes: ClockCode.bytes(offset: offset))]
        for entry in ClockCode.entries {
            guard let place = image.functions[entry.symbol] else { continue }
            // The way into the new code comes after the code itself.
            pieces.append(
                (place, ClockCode.jump(from: place, to: image.spare + entry.start)))
        }
        try write(pieces, atMost: 1)
    }

    /// Gives the process the kernel's clock back, every byte as it was.
    ///
    /// Blocks until no thread of it reads a clock, at most ten seconds: a thread that waits for a slow
    /// disk cannot be stopped, and undo does not give up for that. May be called again.
    public func restore() throws(KernelError) {
        var pieces: [(place: Int, bytes: [UInt8])] = []
        for entry in ClockCode.entries {
            guard let place = image.functions[entry.symbol] else { continue }
            pieces.append((place, Array(original[place..<(place + ClockCode.jumpSize)])))
        }
        let end = image.spare + ClockCode.size
        pieces.append((image.spare, Array(original[image.spare..<end])))
        try write(pieces, atMost: 10)
    }

    /// Whether every byte is as it was; throws with the reason `vanished` when the process has ended.
    public func isOriginal() throws(KernelError) -> Bool {
        let memory = try ProcessMemory(of: process, isWritten: false)
        return try memory.read(at: base, count: original.count) == original
    }

    private func write(
        _ pieces: [(place: Int, bytes: [UInt8])], atMost seconds: Int64
    ) throws(KernelError) {
        let memory = try ProcessMemory(of: process, isWritten: true)
        let deadline = MonotonicClock.now + seconds * 1_000_000_000
        while true {
            let outcome = Mutex(Result<Bool, KernelError>.success(false))
            try TracingThread.run {
                let result = Result { () throws(KernelError) -> Bool in
                    try writeOnce(pieces, to: memory)
                }
                outcome.withLock { $0 = result }
            }
            var obstacle = KernelError(
                call: "ptrace(PTRACE_GETREGSET)", object: "\(process.identity)",
                reason: .refused("one of its threads reads a clock each time that it is stopped"))
            switch outcome.withLock({ $0 }) {
            case .success(true): return
            case .success(false): break
            case .failure(let error):
                // One that would not stand still may do so later.
                guard case .refused = error.reason else { throw error }
                obstacle = error
            }
            guard MonotonicClock.now < deadline else { throw obstacle }
        }
    }

    /// False when one of its threads stands in what is to be written.
    ///
    /// The others stand still meanwhile, so one that cannot be stopped is not waited for at length.
    private func writeOnce(
        _ pieces: [(place: Int, bytes: [UInt8])], to memory: ProcessMemory
    ) throws(KernelError) -> Bool {
        var tracer = Tracer([process])
        defer { tracer.releaseAll() }
        let isHolding = try tracer.stopAll(atMost: .milliseconds(500)) { milliseconds in
            usleep(UInt32(max(0, milliseconds)) * 1000)
            return false
        }
        let range = base..<(base + UInt64(original.count))
        guard isHolding, !tracer.isAnyThread(inside: range) else { return false }
        for piece in pieces {
            try memory.write(piece.bytes, at: base + UInt64(piece.place))
        }
        return true
    }

    private static func place(
        in identity: ProcessIdentity
    ) throws(KernelError) -> (start: UInt64, size: Int) {
        let path = "/proc/\(identity.pid)/maps"
        let lines = (SmallFile.text(path) ?? "").split(separator: "\n")
        guard let line = lines.first(where: { $0.hasSuffix("[vdso]") }) else {
            throw KernelError(
                call: "read", object: path, reason: .refused("it has no [vdso]"))
        }
        let bounds = line.prefix { $0 != " " }.split(separator: "-").compactMap {
            UInt64($0, radix: 16)
        }
        guard bounds.count == 2, bounds[0] < bounds[1], bounds[1] - bounds[0] <= 1 << 20 else {
            throw KernelError(
                call: "read", object: path, reason: .refused("its [vdso] has no bounds"))
        }
        return (bounds[0], Int(bounds[1] - bounds[0]))
    }

    private static func image(of bytes: [UInt8], object: String) throws(KernelError) -> ClockImage {
        func failure(_ reason: String) -> KernelError {
            KernelError(call: "read the vDSO", object: object, reason: .refused(reason))
        }
        guard ClockCode.isKnown else { throw failure("its code is known for x86-64 only") }
        guard let image = ClockImage(bytes, functions: ClockCode.entries.map(\.symbol)) else {
            throw failure("clock_gettime, gettimeofday and time are not all in it")
        }
        guard bytes.count - image.spare >= ClockCode.size else {
            throw failure("\(bytes.count - image.spare) bytes of it are free")
        }
        return image
    }
}

/// Machine code that answers for the kernel's wall clock, off by some time; pure.
///
/// Three functions with the C signatures of clock_gettime(2), gettimeofday(2) and time(2), which make
/// the system call of that name and add what the data behind them says. Clocks other than
/// CLOCK_REALTIME and CLOCK_REALTIME_COARSE are answered as they are.
struct ClockCode: Equatable {
    /// The function that stands in for one of the vDSO's (vdso(7)).
    struct Entry: Equatable {
        var symbol: String
        /// Where it begins, in bytes from the beginning of the code.
        var start: Int
    }

    /// The system calls' numbers and the instructions are those of this processor alone.
    #if arch(x86_64)
        static let isKnown = true
    #else
        static let isKnown = false
    #endif

    static let entries = [
        Entry(symbol: "__vdso_clock_gettime", start: 0x00),
        Entry(symbol: "__vdso_gettimeofday", start: 0x48),
        Entry(symbol: "__vdso_time", start: 0x88),
    ]

    /// How many bytes it takes, its data included.
    static let size = 0xc0

    /// The code with its data: whole seconds, and what is over in nano- and in microseconds.
    static func bytes(offset: Duration) -> [UInt8] {
        let (whole, attoseconds) = offset.components
        // The rest is never negative, as in a timespec.
        let seconds = attoseconds < 0 ? whole - 1 : whole
        let rest = (attoseconds < 0 ? attoseconds + 1_000_000_000_000_000_000 : attoseconds)
        let nanoseconds = rest / 1_000_000_000
        return instructions
            + [seconds, nanoseconds, nanoseconds / 1000].flatMap { number in
                (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
            }
    }

    /// `jmp` from one place to another, by the distance from the end of the instruction.
    static func jump(from place: Int, to target: Int) -> [UInt8] {
        let distance = Int32(truncatingIfNeeded: target - (place + jumpSize))
        return [0xe9] + (0..<4).map { UInt8(truncatingIfNeeded: distance >> ($0 * 8)) }
    }

    static let jumpSize = 5

    /// The three functions, assembled.
    ///
    /// clock_gettime(edi, rsi) is `mov eax, 228; syscall`; on success, for the clocks 0 and 5, the
    /// seconds and nanoseconds below are added to rsi's, with the carry. gettimeofday(rdi, rsi) is the
    /// same with call 96 and microseconds, time(rdi) is call 201 and whole seconds. They change no
    /// register but rax, rcx, rdx, rsi, rdi and r11, which every caller gives up.
    private static let instructions: [UInt8] = [
        0xb8, 0xe4, 0x00, 0x00, 0x00, 0x0f, 0x05, 0x85, 0xc0, 0x75, 0x38, 0x85, 0xff, 0x74,
        0x05, 0x83, 0xff, 0x05, 0x75, 0x2f, 0x48, 0x8b, 0x15, 0x8d, 0x00, 0x00, 0x00, 0x48,
        0x8b, 0x0d, 0x8e, 0x00, 0x00, 0x00, 0x48, 0x03, 0x16, 0x48, 0x03, 0x4e, 0x08, 0x48,
        0x81, 0xf9, 0x00, 0xca, 0x9a, 0x3b, 0x7c, 0x0a, 0x48, 0x81, 0xe9, 0x00, 0xca, 0x9a,
        0x3b, 0x48, 0xff, 0xc2, 0x48, 0x89, 0x16, 0x48, 0x89, 0x4e, 0x08, 0xc3, 0x0f, 0x1f,
        0x40, 0x00, 0xb8, 0x60, 0x00, 0x00, 0x00, 0x0f, 0x05, 0x85, 0xc0, 0x75, 0x34, 0x48,
        0x85, 0xff, 0x74, 0x2f, 0x48, 0x8b, 0x15, 0x49, 0x00, 0x00, 0x00, 0x48, 0x8b, 0x0d,
        0x52, 0x00, 0x00, 0x00, 0x48, 0x03, 0x17, 0x48, 0x03, 0x4f, 0x08, 0x48, 0x81, 0xf9,
        0x40, 0x42, 0x0f, 0x00, 0x7c, 0x0a, 0x48, 0x81, 0xe9, 0x40, 0x42, 0x0f, 0x00, 0x48,
        0xff, 0xc2, 0x48, 0x89, 0x17, 0x48, 0x89, 0x4f, 0x08, 0xc3, 0x48, 0x89, 0xfe, 0x31,
        0xff, 0xb8, 0xc9, 0x00, 0x00, 0x00, 0x0f, 0x05, 0x48, 0x03, 0x05, 0x0d, 0x00, 0x00,
        0x00, 0x48, 0x85, 0xf6, 0x74, 0x03, 0x48, 0x89, 0x06, 0xc3, 0x0f, 0x1f, 0x40, 0x00,
    ]
}

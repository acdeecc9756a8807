import Glibc
import Kernel

/// A child that does nothing for longer than any test takes.
let sleeper = ChildProcess.Options(executable: "/bin/sleep", arguments: ["600"])

func shell(_ script: String) -> ChildProcess.Options {
    ChildProcess.Options(
        executable: "/bin/bash", arguments: ["-c", script], environment: ["PATH=/usr/bin:/bin"])
}

/// Polls a condition that must come true, for at most ten seconds.
func eventually(_ condition: () throws -> Bool) async rethrows -> Bool {
    let deadline = MonotonicClock.now + 10_000_000_000
    while MonotonicClock.now < deadline {
        if try condition() { return true }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return try condition()
}

/// A pipe whose ends close with it.
final class Pipe: Sendable {
    let reader: Int32
    let writer: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw KernelError(call: "pipe", object: "", reason: .errno(errno))
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (reader, writer) = (ends[0], ends[1])
    }

    deinit {
        close(reader)
        close(writer)
    }

    /// What is in the pipe now.
    func readAll() -> String {
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = read(reader, &bytes, bytes.count)
        return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
    }

    /// Blocks for one line, without its newline.
    func readLine() -> String {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(reader, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }
}

/// A TCP socket that listens on a loopback port of the kernel's choice.
final class Listener {
    let port: Int
    private let descriptor: Int32

    init(family: Int32, type: __socket_type = SOCK_STREAM) throws {
        descriptor = socket(family, Int32(type.rawValue) | O_CLOEXEC, 0)
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(family)
        if family == AF_INET6 {
            address.sin6_addr = in6addr_loopback
        } else {
            // sin_addr lies where sin6_flowinfo does.
            address.sin6_flowinfo = UInt32(0x7f00_0001).bigEndian
        }
        let size = socklen_t(
            family == AF_INET6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
        var length = size
        let descriptor = descriptor
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(descriptor, address, size) == 0,
                    type == SOCK_DGRAM || listen(descriptor, 8) == 0
                else {
                    return Int32(-1)
                }
                return getsockname(descriptor, address, &length)
            }
        }
        guard result == 0 else {
            throw KernelError(call: "bind", object: "loopback", reason: .errno(errno))
        }
        port = Int(UInt16(bigEndian: address.sin6_port))
    }

    func stop() {
        close(descriptor)
    }
}

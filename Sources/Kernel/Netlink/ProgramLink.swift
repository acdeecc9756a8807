private import CLinux
import Glibc

/// What attaches a BPF program to something of the kernel's: a hook of an interface, a tracepoint.
public struct ProgramLink: Sendable, Equatable, CustomStringConvertible {
    /// Its number, which the kernel gives to no other link while the host runs.
    public let number: UInt32
    /// What it is attached to, as the kernel numbers it (enum bpf_link_type).
    public let kind: UInt32
    /// The number of its program.
    public let program: UInt32
    /// The number of the interface that it is on, in that one's namespace; nil for other kinds.
    public let interface: UInt32?

    /// Every link of the host, in all namespaces; none where the kernel has no such thing.
    ///
    /// Needs CAP_SYS_ADMIN. Before Linux 5.8 links had no numbers and are not seen; TCX came with 6.6.
    public static func all() throws(KernelError) -> [ProgramLink] {
        var links: [ProgramLink] = []
        var number: UInt32 = 0
        while clinux_next_link(number, &number) == 0 {
            if let link = try ProgramLink(number: number) { links.append(link) }
        }
        // EINVAL and ENOSYS: there are none here.
        guard [ENOENT, EINVAL, ENOSYS].contains(errno) else {
            throw KernelError(
                call: "bpf(BPF_LINK_GET_NEXT_ID)", object: "link \(number)", reason: .errno(errno),
                remedy: errno == EPERM ? "run as root" : "")
        }
        return links
    }

    /// Nil when it has gone meanwhile.
    private init?(number: UInt32) throws(KernelError) {
        let descriptor = clinux_open_link(number)
        var answer = clinux_link()
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.failure("BPF_LINK_GET_FD_BY_ID", number)
        }
        defer { close(descriptor) }
        guard clinux_link_info(descriptor, &answer) == 0 else {
            throw Self.failure("BPF_OBJ_GET_INFO_BY_FD", number)
        }
        self.number = number
        kind = answer.type
        program = answer.program
        interface = Self.namesOfInterfaceKinds[answer.type] == nil ? nil : answer.place
    }

    private static func failure(_ call: String, _ number: UInt32) -> KernelError {
        KernelError(call: "bpf(\(call))", object: "link \(number)", reason: .errno(errno))
    }

    /// The kinds that are on interfaces (linux/bpf.h).
    private static let namesOfInterfaceKinds: [UInt32: String] = [
        6: "XDP", 11: "TCX", 13: "netkit",
    ]

    /// `TCX link of program 17 on interface 2`.
    public var description: String {
        let name = Self.namesOfInterfaceKinds[kind] ?? "kind \(kind)"
        return "\(name) link of program \(program)"
            + (interface.map { " on interface \($0)" } ?? "")
    }
}

import Glibc
import Kernel
import Testing

/// A BPF program that lets every packet pass, on the way in of `lo`, for as long as its process lives.
enum PlantedProgram {
    /// bpf(2) has no program of its own on Debian; perl-base is on every one, and can call it.
    private static let script = #"""
        use strict;
        # r0 = TCX_NEXT; exit
        my $code = pack("CCsl CCsl", 0xb7, 0, 0, -1, 0x95, 0, 0, 0);
        my $licence = "GPL\0";
        sub at { unpack("Q", pack("P", $_[0])) }
        # BPF_PROG_LOAD of a program of kind BPF_PROG_TYPE_SCHED_CLS
        my $load = pack("LLQQ", 3, 2, at($code), at($licence)) . "\0" x 96;
        my $program = syscall(321, 5, $load, length $load);
        die "load: $!" if $program < 0;
        # BPF_LINK_CREATE on interface 1, BPF_TCX_INGRESS
        my $create = pack("LLLL", $program, 1, 46, 0) . "\0" x 48;
        my $link = syscall(321, 28, $create, length $create);
        die "link: $!" if $link < 0;
        open(my $info, "<", "/proc/self/fdinfo/$link") or die $!;
        while (<$info>) { syswrite(STDOUT, "$1\n") if /^link_id:\s+(\d+)/ }
        sleep 600;
        """#

    static func start(
        in namespace: NetworkNamespace
    ) throws -> (output: Descriptor, child: ChildProcess) {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (output, input) = (Descriptor(ends[0]), Descriptor(ends[1]))
        let child = try namespace.start(
            ["/usr/bin/perl", "-e", script], standardOutput: input.number)
        return (output, child)
    }

    /// The number of the link, which the process prints when it has made it.
    static func number(from output: Descriptor) throws -> UInt32 {
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = read(output.number, &buffer, buffer.count)
        let text = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        return try #require(UInt32(text.filter(\.isNumber)), "no link: \(text)")
    }
}

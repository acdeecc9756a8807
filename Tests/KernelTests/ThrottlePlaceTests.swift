import Testing

@testable import Kernel

@Suite("Control groups for slow disks")
struct ThrottlePlaceTests {
    private static let both = "7:blkio:/jobs\n4:memory:/\n0::/user.slice/session-1.scope\n"

    @Test(
        "finds a process's group in each hierarchy",
        arguments: [
            (both, ThrottlePlace.Version.blkio, "/jobs"),
            (both, .io, "/user.slice/session-1.scope"),
            ("5:cpu,blkio:/a:b\n", .blkio, "/a:b"), ("1:name=systemd:/x\n", .blkio, nil),
            ("1:name=systemd:/x\n", .io, nil), ("", .io, nil), ("0::\n", .io, nil),
        ] as [(String, ThrottlePlace.Version, String?)])
    func path(groups: String, version: ThrottlePlace.Version, path: String?) {
        #expect(ThrottlePlace.path(in: groups, version) == path)
    }

    @Test(
        "writes a device as the kernel does",
        arguments: [(0x704, "7:4"), (0x10_070a, "7:266"), (0x81, "0:129")])
    func device(number: UInt64, name: String) {
        #expect(ThrottleGroup.name(of: number) == name)
    }
}

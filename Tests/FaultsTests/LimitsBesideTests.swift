import Glibc
import Kernel
import Playbooks
import Testing

@testable import Faults
@testable import Undo

@Suite("The policy's limits beside other drills")
struct LimitsBesideTests {
    @Test(
        "hold whatever size an entry claims",
        arguments: [
            (sizes: [Int64.max, .max], isAllowed: false), (sizes: [.min, -1], isAllowed: false),
            (sizes: [1], isAllowed: false), (sizes: [], isAllowed: true),
        ])
    func sizes(sizes: [Int64], isAllowed: Bool) throws {
        let path = "/tmp/firedrill-test-\(UInt64.random(in: 0 ... .max))"
        _ = try StateDirectory(path)
        defer {
            _ = try? FileStatus.of(path).map {
                try DirectoryTree.remove(path, device: $0.device, inode: $0.inode)
            }
        }
        let register = DrillRegister(directories: [path])
        func presence(_ drill: String) -> DrillPresence {
            DrillPresence(register: register, drill: drill, stateDirectory: "/nowhere")
        }
        for (number, size) in sizes.enumerated() {
            try presence("other\(number)").take({ $0.disk = size }) { _ in }
        }
        // One byte more than there may be, where an entry below nothing would make room for it.
        let isNegative = sizes.contains { $0 < 0 }
        let bytes = ByteCount(isNegative ? 11 : 10)
        var policy = HostPolicy()
        policy.disk = ByteCount(10)
        let reserve = {
            try LimitsUse(presence: presence("own")).reserve(
                [.fileSystem(mountPoint: "/m", bytes: bytes, node: "a")], fault: "f1",
                limits: Limits(disk: ByteCount(20)), policy: policy)
        }
        if isAllowed {
            try reserve()
        } else {
            #expect(throws: FaultError.self) { try reserve() }
        }
    }
}

import Glibc
import Kernel
import Testing

@Suite("Files on full disks")
struct FullFileTests {
    @Test("say what to do when there is no space, whichever call met it")
    func write() throws {
        // full(4): every write to it meets ENOSPC.
        let full = try Descriptor.open("/dev/full", flags: O_WRONLY)
        let error = #expect(throws: KernelError.self) { try full.writeDurably([1], at: 0) }
        #expect(error?.number == ENOSPC)
        #expect(error?.remedy.contains("free some space") == true)
    }

    @Test("have a remedy for space and quota, and none for what nothing is known of")
    func remedies() {
        #expect(!KernelError.remedy(forFile: ENOSPC).isEmpty)
        #expect(KernelError.remedy(forFile: EDQUOT).contains("quota"))
        #expect(KernelError.remedy(forFile: EIO).isEmpty)
    }
}

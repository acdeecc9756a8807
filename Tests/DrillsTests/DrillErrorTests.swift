import Glibc
import Testing

@testable import Drills

@Suite("Errors of the harness")
struct DrillErrorTests {
    @Test("a full disk under the evidence comes with what to do about it")
    func fullDisk() {
        let error = DrillError("write evidence/x/history.jsonl", errno: ENOSPC)
        #expect(
            "\(error)" == "could not write evidence/x/history.jsonl: No space left on device; "
                + "free some space or inodes there, or use another file system")
        #expect(
            "\(DrillError("replace x", errno: EIO))" == "could not replace x: Input/output error")
    }
}

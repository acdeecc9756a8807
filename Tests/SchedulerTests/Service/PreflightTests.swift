import Foundation
import Scheduler
import Testing

@Suite("The look both ways before drills")
struct PreflightTests {
    private let scratch: ScheduleScratch

    init() throws { scratch = try ScheduleScratch() }

    private func objection(_ flag: String?, halted: String? = nil) -> String? {
        Preflight(incidentFlag: flag, halted: { halted }).objection()
    }

    @Test("Nothing speaks against drills without a flag, and where it is not there")
    func clear() {
        #expect(objection(nil) == nil)
        #expect(objection(scratch.path + "/incident") == nil)
    }

    @Test("A flag of any kind says that there is an incident, until it is gone")
    func flag() throws {
        let flag = scratch.path + "/incident"
        try FileManager.default.createDirectory(
            atPath: flag, withIntermediateDirectories: false)
        #expect(objection(flag)?.contains("there is an incident") == true)
        try FileManager.default.removeItem(atPath: flag)
        #expect(objection(flag) == nil)
    }

    @Test("A flag that cannot be looked at might be there")
    func unreadable() throws {
        let file = scratch.path + "/file"
        try Data().write(to: URL(filePath: file))
        #expect(objection(file + "/incident")?.contains("cannot be looked at") == true)
    }

    @Test("An order to halt speaks against drills, whatever the flag says")
    func halted() {
        #expect(objection(nil, halted: "ann halted all drills") == "ann halted all drills")
        #expect(
            objection(scratch.path + "/incident", halted: "ann halted all drills")
                == "ann halted all drills")
    }
}

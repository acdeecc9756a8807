import Drills
import Foundation
import Testing

@Suite("Where drills have left evidence")
struct EvidencePlacesTests {
    @Test("A directory is noted once, and found under its real path with its owner")
    func noting() throws {
        let root = NSTemporaryDirectory() + "firedrill-places-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let places = EvidencePlaces(stateDirectory: root + "/state", home: nil)
        #expect(places.all().isEmpty)
        try FileManager.default.createDirectory(
            atPath: root + "/state", withIntermediateDirectories: true)
        for _ in 0..<2 { try places.note(root + "/evidence") }
        try places.note(root + "/state/../other")
        #expect(places.all().map(\.path) == [root + "/evidence", root + "/other"])
        #expect(Set(places.all().map(\.owner)) == [geteuid()])
    }

    @Test("A list that is a symbolic link is not believed")
    func link() throws {
        let root = NSTemporaryDirectory() + "firedrill-places-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: true)
        try Data("/etc\n".utf8).write(to: URL(filePath: root + "/secret"))
        try FileManager.default.createSymbolicLink(
            atPath: root + "/evidence.list", withDestinationPath: root + "/secret")
        #expect(EvidencePlaces(stateDirectory: root, home: nil).all().isEmpty)
    }
}

import Foundation
import Playbooks
import Testing

@Suite("Files of playbooks")
struct PlaybookFileTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "firedrill-playbooks-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    private func problem(at path: String) -> String {
        do throws(PlaybookProblems) {
            _ = try Sample.decoder.decode(fileAt: path)
            return ""
        } catch {
            return error.description
        }
    }

    @Test("a file is decoded, and its name must be the playbook's")
    func file() throws {
        try withDirectory { directory in
            try Sample.primaryKill.write(
                toFile: directory + "/primary-kill.yaml", atomically: false, encoding: .utf8)
            try Sample.primaryKill.write(
                toFile: directory + "/other.yaml", atomically: false, encoding: .utf8)
            #expect(problem(at: directory + "/primary-kill.yaml").isEmpty)
            #expect(
                problem(at: directory + "/other.yaml").hasSuffix(
                    "/other.yaml:1:11: 'playbook' is 'primary-kill', but the file's name says"
                        + " 'other'"))
        }
    }

    @Test("what is no readable file of a playbook's size is refused at once")
    func refused() throws {
        try withDirectory { directory in
            #expect(problem(at: directory + "/none.yaml").contains("No such file"))
            #expect(problem(at: directory).contains("is no regular file"))
            #expect(problem(at: "/dev/zero").contains("is no regular file"))
            #expect(mkfifo(directory + "/pipe", 0o600) == 0)
            #expect(problem(at: directory + "/pipe").contains("is no regular file"))
            let huge = directory + "/huge.yaml"
            #expect(FileManager.default.createFile(atPath: huge, contents: Data()))
            #expect(truncate(huge, 1 << 40) == 0)
            #expect(problem(at: huge).contains("has 1 TiB; at most 4 MiB are read"))
        }
    }
}

import Foundation
import Testing

/// A drill's way into an incident review, as a person sends it there.
@Suite("Attaching a drill to an incident", .timeLimit(.minutes(2)))
struct AttachTests {
    private static let playbook = """
        playbook: attached
        title: A host that answers
        hypothesis: The shell works.
        method:
          - probe: command
            run: ["/bin/true"]
        """

    @Test("A bundle is delivered, verified, and refused once a byte of it is another")
    func bundle() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let directory = command.directory
        let file = "\(directory)/attached.yaml"
        try Self.playbook.write(toFile: file, atomically: true, encoding: .utf8)
        _ = try await command.run(["run", file, "--quiet", "--yes"])
        try #require(command.drills.count == 1, "\(command.output)")
        let place = "\(directory)/incidents"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        let configuration = "\(directory)/incidents.yaml"
        try "destinations: [{ name: archive, directory: \(place) }]"
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        let attach = [
            "attach", "latest", "--incident", "INC-7", "--owner", "me", "--no-pdf", "--config",
            configuration, "--output", directory,
        ]
        #expect(try await command.run(attach + ["--to", "archive"]) == 0, "\(command.output)")
        #expect(command.output.contains("archive: delivered"))
        #expect(try await command.run(attach + ["--to", "nowhere"]) == 2)
        #expect(command.output.contains("there are archive"))

        let names = try FileManager.default.contentsOfDirectory(atPath: place)
        let name = try #require(names.first { $0.hasPrefix("INC-7-") && $0.hasSuffix(".zip") })
        let path = "\(place)/\(name)"
        #expect(try await command.run(["verify", path]) == 0, "\(command.output)")
        #expect(command.output.contains("intact"))
        var bytes = try Data(contentsOf: URL(filePath: path))
        #expect(try Data(contentsOf: URL(filePath: "\(directory)/\(name)")) == bytes)
        bytes[bytes.count / 3] ^= 1
        try bytes.write(to: URL(filePath: path))
        #expect(try await command.run(["verify", path]) == 1, "\(command.output)")
        #expect(try await command.run(["verify", "\(path).not"]) == 2)
    }
}

import Playbooks
import Testing

@Suite("Packets of an interface in a playbook")
struct PacketSelectorTests {
    private static let vocabulary = Vocabulary(
        systems: [],
        faults: [
            KindDeclaration(
                kind: "network.shape", summary: "Loses packets.", selector: .required,
                selectsPackets: true),
            KindDeclaration(
                kind: "process.kill", summary: "Sends a signal.", selector: .required),
        ], probes: [], checks: [], metrics: [])

    private func decode(_ step: String) throws -> FaultStep? {
        let text = """
            playbook: x
            hypothesis: y
            method:
              - \(step)
            """
        let playbook = try PlaybookDecoder(vocabulary: Self.vocabulary)
            .decode(Array(text.utf8), file: "x.yaml")
        guard case .fault(let step) = playbook.method.first else { return nil }
        return step
    }

    @Test("are read with all that says which, and need no target")
    func whole() throws {
        let step = try decode(
            "{ fault: network.shape, for: 9 s, on: { interface: eth1, to: [10.0.0.7, 'fd00::/8'],"
                + " port: 5432, local_port: 7, protocol: tcp, direction: both, uid: 1000 } }")
        let selector = try #require(step?.selector)
        #expect(
            selector.packets
                == PacketSelector(
                    interface: "eth1", peers: ["10.0.0.7", "fd00::/8"], port: 5432, localPort: 7,
                    transport: .tcp, direction: .both, user: 1000))
        #expect(selector.listeningPort == nil)
        #expect(selector.isOutside)
    }

    @Test("are read with ranges and lists of ports, on either side")
    func ports() throws {
        let step = try decode(
            "{ fault: network.shape, on: { interface: eth1, port: 7000-7010,"
                + " local_port: [80, 8000 - 8080] } }")
        #expect(
            step?.selector?.packets
                == PacketSelector(
                    interface: "eth1", ports: [7000...7010], localPorts: [80...80, 8000...8080]))
    }

    @Test("go out, of any protocol, where nothing else is said")
    func defaults() throws {
        let step = try decode("{ fault: network.shape, on: { interface: lo, port: 80 } }")
        #expect(step?.selector?.packets == PacketSelector(interface: "lo", port: 80))
    }

    @Test(
        "are refused with the place of the mistake",
        arguments: [
            (
                "{ fault: network.shape, on: { to: 10.0.0.7 } }",
                "4:35: 'to' says which packets, and needs 'interface'"
            ),
            (
                "{ fault: network.shape, on: { interface: lo, role: primary } }",
                "names its object in two ways, 'role' and 'interface'"
            ),
            (
                "{ fault: network.shape, on: { interface: lo, direction: in } }",
                "4:61: 'direction' must be one of"
            ),
            (
                "{ fault: network.shape, on: { interface: lo, port: 70000 } }",
                "4:56: 'port' must be a whole number from 1 to 65535"
            ),
            (
                "{ fault: network.shape, on: { interface: lo, port: [80, 90-80] } }",
                "'port' must be a whole number from 1 to 65535, or a range of them as '7000-7010', "
                    + "and is '90-80'"
            ),
            (
                "{ fault: network.shape, on: { interface: lo, local_port: http } }",
                "'local_port' must be a whole number from 1 to 65535, or a range"
            ),
            (
                "{ fault: process.kill, on: { port: 80-90 } }",
                "'port' must be a whole number from 1 to 65535; ranges and lists"
            ),
            (
                "{ fault: process.kill, on: { interface: lo, port: 80 } }",
                "'process.kill' cannot be aimed at the packets of an interface; network.shape can"
            ),
        ])
    func mistakes(step: String, said: String) {
        let problems = #expect(throws: PlaybookProblems.self) { try decode(step) }
        #expect(problems.map { "\($0)".contains(said) } == true, "\(String(describing: problems))")
    }
}

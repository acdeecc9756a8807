import Testing

@testable import Kernel

@Suite("Control groups")
struct ControlGroupTests {
    @Test(
        "finds a container's id in the names that container managers give to groups",
        arguments: [
            ("docker-ID.scope", true), ("ID", true), ("libpod-ID.scope", true),
            ("cri-containerd-ID.scope", true), ("nerdctl-ID.scope", true), ("crio-ID", true),
            ("libpod-conmon-ID.scope", false), ("redis.service", false),
            ("docker-12ab.scope", false),
        ])
    func containers(name: String, isContainer: Bool) {
        let identifier = String(repeating: "0123456789abcdef", count: 4)
        let directory = name.replacing("ID", with: identifier)
        #expect(
            ControlGroup.containerIdentifier(in: directory) == (isContainer ? identifier : nil))
    }

    @Test(
        "refuses the root, paths that lead out, and what is no group",
        arguments: ["", "/", "a/../.."])
    func refused(path: String) {
        #expect(throws: KernelError.self) { try ControlGroup(path) }
        #expect(ControlGroup.ofUnit("firedrill-no-such-unit") == nil)
        #expect(ControlGroup.ofContainer("0123") == nil)
    }

    @Test(
        "A unit's name means the host's own before a container's or a user's",
        arguments: [
            (["/c/docker/1/system.slice/q.service", "/c/system.slice/q.service"], 1...1),
            (["/c/a.scope/system.slice/q.service", "/c/b.scope/system.slice/q.service"], 0...1),
            (["/c/user.slice/user-1.slice/user@1.service/app.slice/q.service"], 0...0),
            (["/c/q.service", "/c/system.slice/d.scope/q.service"], 0...0),
            (["/c/a.slice/q.service", "/c/b.slice/q.service"], 0...1),
        ] as [([String], ClosedRange<Int>)])
    func units(places: [String], expected: ClosedRange<Int>) {
        #expect(ControlGroup.ofHost(places, root: "/c") == Array(places[expected]))
    }
}

import Glibc
import Kernel
import Testing

@testable import Undo

@Suite("Where undo records lie")
struct StatePathTests {
    @Test(
        "is on a disk, for every user",
        arguments: [
            (["HOME": "/home/ann", "XDG_RUNTIME_DIR": "/run/user/7"], "/home/ann/.local/state"),
            (["HOME": "/home/ann", "XDG_STATE_HOME": "/srv/state"], "/srv/state"),
            (["HOME": "/home/ann", "XDG_STATE_HOME": "relative"], "/home/ann/.local/state"),
        ])
    func standard(environment: [String: String], base: String) {
        let path = geteuid() == 0 ? "/var/lib/firedrill/undo" : "\(base)/firedrill"
        #expect(StateDirectory.standardPath(environment: environment) == path)
    }

    @Test("is told first, and then every earlier place that is this user's own")
    func places() {
        let environment = ["HOME": "/nowhere", "XDG_RUNTIME_DIR": "/nowhere/runtime"]
        let paths = StateDirectory.paths(environment: environment)
        #expect(paths.first == StateDirectory.standardPath(environment: environment))
        let earlier =
            geteuid() == 0 ? ["/run/firedrill"] : ["/run/user/\(geteuid())/firedrill"]
        #expect(
            paths.dropFirst() == earlier.filter { FileStatus.of($0)?.owner == geteuid() }[...])
        let there = Set(paths.filter { FileStatus.of($0) != nil } + (geteuid() == 0 ? [] : paths))
        #expect(there.isSubset(of: StateDirectory.reachable(environment: environment)))
    }
}

import Kernel
import Playbooks
import Testing

@testable import Faults

@Suite("The file systems that the host lives on")
struct HostDisksTests {
    /// `/` and its bind, `/home/ann` of its own, `/data`, and `/srv` with a bind.
    private static let mounts = [
        "/": "8:1", "/mnt/bind": "8:1", "/home/ann": "8:2", "/var/lib/queue": "8:3",
        "/data": "8:4", "/srv": "8:5", "/mnt/srv": "8:5", "/opt/ann": "8:6",
    ]

    private let disks = HostDisks(
        homes: ["/nonexistent", "/opt/ann"],
        identity: { path in
            Self.mount(of: path).flatMap { Self.mounts[$0] }
                .map { FileSystemIdentity(devices: [$0]) }
        },
        mountPoint: { Self.mount(of: $0) })

    private static func mount(of path: String) -> String? {
        mounts.keys.filter { $0 == "/" || path == $0 || path.hasPrefix($0 + "/") }
            .max { $0.utf8.count < $1.utf8.count }
    }

    private func objection(_ path: String, _ policy: HostPolicy, isForeign: Bool = true) -> String?
    {
        policy.objection(toFileSystem: path, isForeign: isForeign, disks: disks)
    }

    @Test(
        "A bind of the root, a home of its own and what is mounted below /var are the host's",
        arguments: [
            ("/mnt/bind", "(/)"), ("/home/ann", "belongs to /home"), ("/opt/ann", "lives in this"),
            ("/var/lib/queue", "belongs to /var"), ("/", "lives in this file system, and"),
        ])
    func vital(mountPoint: String, said: String) {
        let reason = objection(mountPoint, HostPolicy())
        #expect(reason?.contains(said) == true, "\(String(describing: reason))")
    }

    @Test("A disk of its own is not, and neither is a testbed's, wherever it is mounted")
    func others() {
        #expect(objection("/data", HostPolicy()) == nil)
        #expect(objection("/home/ann", HostPolicy(), isForeign: false) == nil)
        #expect(objection("/mnt/bind", HostPolicy(), isForeign: false) != nil)
    }

    @Test("A protected path is protected under every name of its file system")
    func protected() {
        var policy = HostPolicy()
        policy.protectedPaths = ["/srv/ledger"]
        #expect(objection("/mnt/srv", policy)?.contains("protects /srv/ledger") == true)
        #expect(objection("/data", policy) == nil)
    }

    @Test("The policy allows a file system by its mount point, not by a directory in it")
    func allowed() {
        var policy = HostPolicy()
        policy.allowedPaths = ["/usr/share"]
        #expect(objection("/mnt/bind", policy) != nil)
        policy.allowedPaths = ["/"]
        #expect(objection("/mnt/bind", policy) == nil)
        policy.allowedPaths = ["/mnt/bind"]
        #expect(objection("/mnt/bind", policy) == nil)
        #expect(objection("/", policy) == nil)
    }

    @Test("The rules of this process know the disks of this host")
    func ofThisHost() {
        let radius = BlastRadius.ofThisProcess(pid: 4711, limits: Limits(), others: [])
        #expect(radius.disks.tenant(of: "/usr", isForeign: true) != nil)
        #expect(radius.disks.identity("/nowhere/at/all") == nil)
    }

    @Test("Two names of one file system are one resource for locks")
    func resource() {
        let bytes = ByteCount(1)
        let root = AimedObject.fileSystem(mountPoint: "/", bytes: bytes, node: nil)
        // A directory of the root: the same device, whatever it is called.
        let other = AimedObject.fileSystem(mountPoint: "/bin/..", bytes: bytes, node: nil)
        #expect(root.resource == other.resource)
        #expect(root.resource?.hasPrefix("space of device ") == true)
    }
}

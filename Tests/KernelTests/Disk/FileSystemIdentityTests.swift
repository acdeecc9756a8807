import Testing

@testable import Kernel

@Suite("Which file system is which")
struct FileSystemIdentityTests {
    private let table = """
        22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
        30 22 254:0 /srv/data /mnt/bind rw,relatime - ext4 /dev/vda rw
        31 22 0:40 / /mnt/own\\040disk rw - tmpfs none rw
        32 22 7:1 / /mnt/twice rw - ext4 /dev/loop1 rw
        33 32 7:2 / /mnt/twice rw - ext4 /dev/loop2 rw
        """

    @Test(
        "The device is that of the mount, by its number, and nobody's for one of elsewhere",
        arguments: [("22", "254:0"), ("31", "0:40"), ("33", "7:2"), ("3", nil), ("", nil)])
    func device(mount: String, device: String?) {
        #expect(FileSystem.device(ofMount: mount, in: table) == device)
    }

    @Test("Packed device numbers read as major and minor")
    func packed() {
        #expect(FileSystem.text(ofDevice: 0xfe00) == "254:0")
        #expect(FileSystem.text(ofDevice: 0x28) == "0:40")
        #expect(FileSystem.text(ofDevice: 0x12_3000_0745) == "7:19071045")
    }

    @Test("One shared device makes two names one file system")
    func same() {
        let overlay = FileSystemIdentity(devices: ["0:30", "0:31"])
        #expect(overlay.isSame(as: FileSystemIdentity(devices: ["0:31"])))
        #expect(!overlay.isSame(as: FileSystemIdentity(devices: ["0:32"])))
    }

    @Test("This host's root is itself by every name, and other than /proc")
    func thisHost() throws {
        let root = try #require(FileSystem.identity(of: "/"))
        #expect(FileSystem.identity(of: "/proc/../")?.isSame(as: root) == true)
        #expect(FileSystem.identity(of: "/proc")?.isSame(as: root) == false)
        #expect(FileSystem.identity(of: "/nowhere") == nil)
    }

    @Test("Homes are read from lines of passwd(5), each once")
    func homes() {
        let table = "root:x:0:0:root:/root:/bin/sh\nann:x:1:1::/srv/ann:\nbob:x:2:2::/srv/ann:\nx\n"
        #expect(UserTable.homes(in: table) == ["/root", "/srv/ann"])
    }
}

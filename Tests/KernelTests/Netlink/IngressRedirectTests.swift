import Testing

@testable import Kernel

@Suite("A redirection of what comes in")
struct IngressRedirectTests {
    private let aim = PacketAim(source: AddressRange("10.0.0.7"), sourcePorts: 5432...5432)

    @Test("is one filter for each aim and version of IP, to the ifb alone")
    func filters() {
        let other = PacketAim(transport: nil, source: AddressRange("fd00::/8"))
        let everybody = PacketAim(transport: .udp, destinationPorts: 53...53)
        let redirect = IngressRedirect(
            interface: 3, aims: [aim, other, everybody], device: "fd1i3")
        let filters = redirect.filters(to: 9)
        #expect(filters.map(\.family) == [.v4, .v6, .v4, .v6])
        #expect(filters.allSatisfy { $0.redirection == 9 && $0.parent == 0xffff_0000 })
        // Filters of both versions of IP cannot share a priority.
        #expect(Set(filters.map(\.priority)).count == 4)
    }

    @Test("is sent as a u32 filter whose only action is mirred, and read back as it was sent")
    func message() throws {
        let redirect = IngressRedirect(interface: 3, aims: [aim], device: "fd1i3")
        let filter = try #require(redirect.filters(to: 9).first)
        let bytes = try filter.message().bytes
        let attributes = NetlinkAttributes(bytes[36...])
        #expect(attributes.string(1) == "u32")
        let options = NetlinkAttributes(try #require(attributes[2]))
        // TCA_U32_SEL and TCA_U32_ACT, and no class.
        #expect(options.all.map(\.type) == [5, 7])
        let found = try #require(Redirection(message: bytes.dropFirst(16)))
        #expect(found.target == 9)
        #expect(found.packets == 0)
    }

    @Test("tells another kind of filter, and one that is cut short")
    func others() throws {
        let plain = PacketFilter(
            interface: 3, parent: 0xffff_0000, target: 1, family: .v4, priority: 1, keys: [])
        let bytes = try plain.message().bytes
        #expect(Redirection(message: bytes.dropFirst(16))?.target == nil)
        #expect(Redirection(message: bytes.dropFirst(16).prefix(19)) == nil)
    }

    @Test(
        "has a device of its own for each process and interface, with a name that is short enough")
    func device() {
        let name = IngressRedirect.device(ofProcess: 4_194_304, interface: .max)
        #expect(name.utf8.count <= 15)
        #expect(name != IngressRedirect.device(ofProcess: 4_194_304, interface: 1))
        #expect(name != IngressRedirect.device(ofProcess: 7, interface: .max))
    }

    @Test(
        "a range of addresses has those in it that begin with its bits",
        arguments: [
            ("10.0.0.0/8", [10, 9, 8, 7], true), ("10.0.0.0/8", [11, 9, 8, 7], false),
            ("0.0.0.0/0", [1, 2, 3, 4], true), ("127.0.0.1", [127, 0, 0, 2], false),
            ("::/0", [1, 2, 3, 4], false),
        ] as [(String, [UInt8], Bool)])
    func contains(range: String, address: [UInt8], isIn: Bool) {
        #expect(AddressRange(range)?.contains(address) == isIn)
    }
}

import Testing

@testable import ReferenceQueue

@Suite("Addresses")
struct HTTPAddressTests {
    @Test("A plain URL has a host, a port and a path")
    func parts() {
        let address = HTTPAddress("http://example.org:8080/a/b?c=d")
        #expect(address?.host == "example.org" && address?.port == 8080)
        #expect(address?.path == "/a/b?c=d")
        #expect(HTTPAddress("http://h")?.port == 80)
        #expect(HTTPAddress("http://h")?.path == "/")
        #expect(HTTPAddress("http://h?x")?.path == "/?x")
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", "https://h", "http://", "http:///x", "http://h:0", "http://h:70000", "http://h:x",
            "http://u@h/", "http://h/ x", "http://h/\r\nX: y", "ftp://h", "http://h/#f",
            "http://[::1]/",
        ])
    func refused(url: String) {
        #expect(HTTPAddress(url) == nil)
    }
}

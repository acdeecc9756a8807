import Glibc
import Testing

@testable import Kernel

@Suite("A network namespace by its path", .timeLimit(.minutes(1)))
struct NamedNetworkNamespaceTests {
    @Test("is found, and is the thread's own")
    func own() throws {
        let namespace = try NamedNetworkNamespace(path: "/proc/thread-self/ns/net")
        #expect(namespace.isOfThisThread)
        #expect(namespace.identity.path == "/proc/thread-self/ns/net")
        #expect(NamedNetworkNamespace(namespace.identity) != nil)
    }

    @Test("is no pipe, which would be waited at, no device, no file and no other namespace")
    func others() throws {
        var template = Array("/tmp/firedrill-namespace-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let directory = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
        let pipe = directory + "/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        defer {
            unlink(pipe)
            rmdir(directory)
        }
        for path in [pipe, directory, "/dev/zero", "/proc/self/ns/uts", "/proc/self/status"] {
            let error = #expect(throws: KernelError.self) { try NamedNetworkNamespace(path: path) }
            #expect(
                error?.description.contains("it is no network namespace") == true,
                "\(path): \(String(describing: error))")
        }
        let none = #expect(throws: KernelError.self) {
            try NamedNetworkNamespace(path: directory + "/none")
        }
        #expect(none?.number == ENOENT)
    }
}

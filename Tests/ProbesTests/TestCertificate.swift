import Glibc
import Kernel
import NIOSSL
import Testing

@testable import Probes

/// A certificate that a test makes for itself with openssl(1), in a directory of its own.
struct TestCertificate {
    private struct Failure: Error { var reason: String }

    /// The file of the certificate, which vouches for itself.
    let file: String
    private let directory: String
    private let key: String

    /// Makes a certificate for these names (`DNS:localhost`, `IP:127.0.0.1`).
    init(for names: [String]) async throws {
        var template = Array("/tmp/firedrill-certificate.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(reason: "no directory") }
        directory = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        file = directory + "/certificate.pem"
        key = directory + "/key.pem"
        let openssl = BoundedCommand(
            executable: "/usr/bin/openssl",
            arguments: [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "2", "-subj", "/CN=a test", "-keyout", key, "-out", file,
                "-addext", "subjectAltName=" + names.joined(separator: ","),
            ], environment: ["PATH=/usr/bin:/bin"])
        let end = await openssl.run(atMost: .seconds(60))
        guard case .ended(.exited(0), _) = end else {
            remove()
            throw Failure(reason: "openssl: \(end)")
        }
    }

    /// What a server needs to show it.
    func server() throws -> NIOSSLContext {
        try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMFile(file).map { .certificate($0) },
                privateKey: .privateKey(NIOSSLPrivateKey(file: key, format: .pem))))
    }

    func remove() {
        unlink(file)
        unlink(key)
        rmdir(directory)
    }
}

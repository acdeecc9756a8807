import Glibc
import NIOCore
import NIOSSL

/// How an HTTP client makes sure of the server behind an `https` URL: TLS 1.2 or newer.
///
/// The server's certificate is verified, and must be one of the host that the URL names.
public struct TransportSecurity: Sendable {
    /// How long a connection that is given up waits for the server's leave.
    private static let farewell = TimeAmount.milliseconds(100)

    private let context: NIOSSLContext

    /// Reads the certificates of the authorities to trust; throws when there are none to read.
    ///
    /// - Parameters:
    ///   - authorities: a file of certificates in PEM; nil trusts those that the host trusts.
    ///   - verifiesCertificate: without it, anybody may stand behind the URL.
    public init(authorities: String? = nil, verifiesCertificate: Bool = true) throws(SystemError) {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = Self.farewell
        configuration.certificateVerification = verifiesCertificate ? .fullVerification : .none
        if let authorities {
            try Self.check(authorities)
            configuration.trustRoots = .file(authorities)
        }
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw SystemError(
                attempt: "trust the certificates in \(authorities ?? "the host's own files")",
                reason: "no certificate can be read from there",
                remedy: "name a file of certificates in PEM")
        }
    }

    /// Puts TLS between a new connection and what is added after; called on the channel's loop.
    ///
    /// - Parameter name: the host that the certificate must be of; nil means the peer's address.
    func secure(_ channel: any Channel, name: String?) throws {
        try channel.pipeline.syncOperations.addHandler(
            NIOSSLClientHandler(context: context, serverHostname: name))
    }

    /// What an error of TLS means to a client; nil for any other error.
    static func reason(for error: any Error) -> ExchangeFailure.Reason? {
        switch error {
        case NIOSSLError.uncleanShutdown: .closed
        case NIOSSLError.handshakeFailed(.sslError(let stack))
        where stack.contains { $0.description.contains("CERTIFICATE_VERIFY_FAILED") }:
            .untrustedCertificate
        case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate:
            .untrustedCertificate
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            .foreignCertificate
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: .handshakeFailed
        default: nil
        }
    }

    /// Refuses what is no file: the reading of a FIFO would never end.
    private static func check(_ path: String) throws(SystemError) {
        var status = stat()
        let code = stat(path, &status) == 0 ? 0 : errno
        guard code == 0, status.st_mode & S_IFMT == S_IFREG, access(path, R_OK) == 0 else {
            throw SystemError(
                attempt: "trust the certificates in \(path)",
                reason: code != 0
                    ? String(cString: strerror(code))
                    : status.st_mode & S_IFMT == S_IFREG ? "it cannot be read" : "it is no file",
                remedy: "name a file of certificates in PEM")
        }
    }
}

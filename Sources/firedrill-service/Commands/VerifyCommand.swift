import ArgumentParser
import Drills
import Glibc
import Incidents
import Kernel

/// `firedrill verify`: whether a bundle is what it was when it was made.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the sums and the signature of a bundle.",
        discussion: """
            Unpacks nothing. Without --key a signature is held against the key that the bundle \
            itself names, which tells of an accident and not of a forger. Exits with 1 when \
            something was changed, is missing, was added, or was signed by another.
            """)

    @Argument(help: "The bundle's file.", completion: .file(extensions: ["zip"]))
    var bundle: String

    @Option(help: "The signer's Ed25519 public key in PEM.", completion: .file())
    var key: String?

    func run() throws {
        let trusted = try key.map { try VerificationKey(path: $0) }
        let verification = BundleVerification(
            of: try IncidentBundle.archive(at: bundle), key: trusted)
        guard let manifest = verification.manifest, verification.isIntact else {
            for problem in verification.problems { Terminal.error("\(bundle): \(problem)") }
            throw ExitCode(1)
        }
        Terminal.line(
            "\(bundle): intact, \(manifest.files.count) files of the drill "
                + "\(manifest.drill.printable) for \(manifest.incident.printable)")
        switch (manifest.signer, trusted) {
        case (nil, _): Terminal.line("nobody signed it")
        case (let signer?, nil):
            Terminal.line("signed by \(signer.printable); --key holds it against a key you trust")
        case (.some, .some): Terminal.line("signed by the given key")
        }
    }
}

extension String {
    /// The text without what a terminal would act on: a bundle comes from a stranger.
    fileprivate var printable: String {
        String(
            String.UnicodeScalarView(unicodeScalars.filter { $0.value >= 0x20 && $0 != "\u{7F}" }))
    }
}

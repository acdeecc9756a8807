import Crypto
import Foundation
import Reports
import Testing

@testable import Incidents

@Suite("Bundles")
struct BundleTests {
    private static let folder = "20261121T023812Z-primary-kill-4f2a91"

    private static func key() throws -> SigningKey {
        let seed = Curve25519.Signing.PrivateKey().rawRepresentation
        let der =
            [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22]
            + [0x04, 0x20] + seed.map(Int.init)
        let text = Data(der.map { UInt8($0) }).base64EncodedString()
        return try SigningKey(
            pem: Array("-----BEGIN PRIVATE KEY-----\n\(text)\n-----END PRIVATE KEY-----\n".utf8))
    }

    /// The files of an archive, changed and put together anew.
    private static func rewritten(
        _ archive: [UInt8], _ change: (inout [BundleFile]) -> Void
    ) throws -> [UInt8] {
        var files = try ZipReader.entries(of: archive).map { BundleFile($0.path, $0.bytes ?? []) }
        change(&files)
        return try ZipWriter.archive(files, time: ArchiveTime(secondsSince1970: 1_700_000_000))
    }

    @Test("The same evidence and key give the same bytes, and another incident others")
    func deterministic() throws {
        let key = try Self.key()
        let bundle = try IncidentBundle(Fixture.contents(), key: key)
        #expect(try IncidentBundle(Fixture.contents(), key: key).bytes == bundle.bytes)
        var other = Fixture.contents()
        other.review.incident = "INC-124"
        #expect(try IncidentBundle(other, key: key).bytes != bundle.bytes)
        #expect(bundle.name == "INC-123-\(Self.folder).zip")
    }

    @Test("A bundle is intact, and trusted once it is held against the signer's key")
    func intact() throws {
        let key = try Self.key()
        let bundle = try IncidentBundle(Fixture.contents(), key: key)
        #expect(BundleVerification(of: bundle.bytes).problems == [])
        #expect(!BundleVerification(of: bundle.bytes).isTrusted)
        let held = BundleVerification(of: bundle.bytes, key: key.publicKey)
        #expect(held.isTrusted)
        #expect(held.manifest == bundle.manifest)
        #expect(
            held.manifest?.files.map(\.path) == [
                "events.jsonl", "header.json", "junit.xml", "playbook.yaml", "report.html",
                "report.json", "report.md",
            ])
        #expect(held.manifest?.omissions.contains { $0.contains("this is a test") } == true)
    }

    @Test("What was done to a bundle is said, each in its own words")
    func problems() throws {
        let key = try Self.key()
        let bundle = try IncidentBundle(Fixture.contents(), key: key)
        func verify(_ change: (inout [BundleFile]) -> Void) throws -> [BundleProblem] {
            BundleVerification(
                of: try Self.rewritten(bundle.bytes, change), key: key.publicKey
            ).problems
        }
        #expect(try verify { _ in } == [])
        #expect(
            try verify { files in
                for index in files.indices where files[index].path.hasSuffix("report.md") {
                    files[index].bytes[0] ^= 1
                }
            } == [.tampered("report.md")])
        #expect(
            try verify { $0.removeAll { $0.path.hasSuffix("junit.xml") } }
                == [.missing("junit.xml")])
        #expect(
            try verify { $0.append(BundleFile("\(Self.folder)/notes.txt", [1])) }
                == [.added("notes.txt")])
        #expect(try verify { $0.append(BundleFile("else.txt", [1])) } == [.added("else.txt")])
        #expect(
            try verify { $0.removeAll { $0.path.hasSuffix("manifest.json") } } == [.noManifest])
        #expect(
            try verify { $0.removeAll { $0.path.hasSuffix("manifest.sig") } }
                == [.missing("manifest.sig")])
        #expect(
            try verify { files in
                for index in files.indices where files[index].path.hasSuffix("manifest.sig") {
                    files[index].bytes[5] ^= 1
                }
            } == [.brokenSignature])
        #expect(
            try verify { files in
                for index in files.indices where files[index].path.hasSuffix("manifest.json") {
                    files[index].bytes.append(0x20)
                }
            } == [.brokenSignature])
    }

    @Test("A bundle of another signer, or of nobody, is not trusted by a key")
    func signers() throws {
        let (mine, theirs) = (try Self.key(), try Self.key())
        let foreign = try IncidentBundle(Fixture.contents(), key: theirs)
        #expect(
            BundleVerification(of: foreign.bytes, key: mine.publicKey).problems == [
                .wrongKey(expected: mine.publicKey.text, found: theirs.publicKey.text)
            ])
        let unsigned = try IncidentBundle(Fixture.contents())
        #expect(
            BundleVerification(of: unsigned.bytes, key: mine.publicKey).problems == [.unsigned])
        #expect(BundleVerification(of: unsigned.bytes).isIntact)
    }

    @Test(
        "A path that leads out of where it is unpacked is refused",
        arguments: [
            "../../etc/cron.d/x", "/etc/passwd", "a/../../b", "a\\..\\b", "C:/x", "a//b", "./a",
            "a\u{1B}[2J", "",
        ])
    func slip(path: String) {
        #expect(BundleFile.danger(of: path) != nil)
    }

    @Test("An archive with such a path is named as unsafe")
    func slipInArchive() throws {
        let bundle = try IncidentBundle(Fixture.contents())
        let archive = try Self.rewritten(bundle.bytes) {
            $0.append(BundleFile("../../../tmp/evil", [1]))
        }
        #expect(
            BundleVerification(of: archive).problems == [
                .unsafePath("../../../tmp/evil", reason: "it leads out of the directory")
            ])
    }

    @Test("What is no archive, or a piece of one, is said to be none")
    func noArchive() throws {
        let bytes = try IncidentBundle(Fixture.contents()).bytes
        for piece in [[], Array("hello".utf8), Array(bytes.prefix(bytes.count / 2))] {
            guard case .notAnArchive = BundleVerification(of: piece).problems.first else {
                Issue.record("\(BundleVerification(of: piece).problems)")
                continue
            }
        }
    }

    @Test("No byte of an archive can be turned over without being noticed or changing nothing")
    func flippedBytes() throws {
        let key = try Self.key()
        let bundle = try IncidentBundle(Fixture.contents(), key: key)
        let original = try ZipReader.entries(of: bundle.bytes)
        for index in stride(from: 0, to: bundle.bytes.count, by: 61) {
            var bytes = bundle.bytes
            bytes[index] ^= 0x10
            guard BundleVerification(of: bytes, key: key.publicKey).isIntact else { continue }
            #expect(try ZipReader.entries(of: bytes).map(\.bytes) == original.map(\.bytes))
        }
    }

    @Test("Secrets that somebody wrote down are masked, and a destination's own stop the bundle")
    func secrets() throws {
        let bundle = try IncidentBundle(Fixture.contents())
        for entry in try ZipReader.entries(of: bundle.bytes) {
            let text = String(decoding: entry.bytes ?? [], as: UTF8.self)
            #expect(!text.contains("hunter2"), "\(entry.path)")
            #expect(!text.contains("hush"), "\(entry.path)")
        }
        var contents = Fixture.contents(secrets: ["glpat-0123456789"])
        contents.journal.append(BundleFile("samples.jsonl", Array("x glpat-0123456789".utf8)))
        #expect(throws: IncidentError.self) { try IncidentBundle(contents) }
    }

    @Test(
        "An incident's name is a part of a file's name",
        arguments: ["", "../x", "a/b", ".hidden", "x y", String(repeating: "a", count: 65)])
    func names(incident: String) {
        var contents = Fixture.contents()
        contents.review.incident = incident
        #expect(throws: IncidentError.self) { try IncidentBundle(contents) }
    }

    @Test("The report is in the order of a review, with owner, ticket and date of each finding")
    func review() throws {
        let text = try IncidentBundle(Fixture.contents()).markdown
        let order = [
            "# Failed", "incident INC-123", "## What we believed", "## What happened", "## Impact",
            "## What held", "## What did not", "## Findings", "queue team | Q-7 |",
            "2026-12-01", "## How to repeat it",
        ]
        var rest = text[...]
        for part in order {
            let found = try #require(rest.firstRange(of: part), "'\(part)' in order in\n\(text)")
            rest = rest[found.upperBound...]
        }
    }

    @Test("OpenSSL's keys sign, and OpenSSL accepts the signature")
    func openssl() async throws {
        try await Fixture.withDirectory { directory in
            let (key, half) = ("\(directory)/bundle.key", "\(directory)/bundle.pub")
            let openssl = "/usr/bin/openssl"
            #expect(
                try Fixture.run(openssl, ["genpkey", "-algorithm", "ed25519", "-out", key]))
            #expect(try Fixture.run(openssl, ["pkey", "-in", key, "-pubout", "-out", half]))
            let bundle = try IncidentBundle(Fixture.contents(), key: SigningKey(path: key))
            let verification = BundleVerification(
                of: bundle.bytes, key: try VerificationKey(path: half))
            #expect(verification.isTrusted)
            for entry in try ZipReader.entries(of: bundle.bytes) {
                let name = entry.path.split(separator: "/").last ?? ""
                try Data(entry.bytes ?? []).write(to: URL(filePath: "\(directory)/\(name)"))
            }
            let isAccepted = try Fixture.run(
                openssl,
                [
                    "pkeyutl", "-verify", "-pubin", "-inkey", half, "-rawin", "-in",
                    "\(directory)/manifest.json", "-sigfile", "\(directory)/manifest.sig",
                ])
            #expect(isAccepted)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: key)
            #expect(throws: IncidentError.self) { try SigningKey(path: key) }
        }
    }
}

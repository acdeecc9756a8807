import FoundationEssentials
import Logging
import NIOCore
import NIOHTTP1
import Testing

@testable import ReferenceQueue

@Suite("The cluster token")
struct ClusterTokenTests {
    private static let text = "0123456789abcdef"

    @Test(
        "Only the whole token is one",
        arguments: [
            ("Bearer \(text)", true), (nil, false), ("", false), ("Bearer ", false),
            ("Bearer \(text)x", false), ("Bearer \(text.dropLast())", false),
            ("Bearer \(text.dropLast())g", false), ("bearer \(text)", false), (text, false),
            ("Bearer \(text)\0", false),
        ] as [(String?, Bool)])
    func comparison(shown: String?, isRight: Bool) throws {
        #expect(try ClusterToken(Self.text).isShown(by: shown) == isRight)
    }

    @Test("White space around a token does not count, and what is no secret is refused")
    func parsing() throws {
        #expect(try ClusterToken(" \(Self.text)\n").authorization == "Bearer \(Self.text)")
        for text in ["", "short", "with a space inside it", "ünicode-is-not-ascii", " \n"] {
            let error = #expect(throws: StoreError.self) { try ClusterToken(text) }
            #expect(text.count < 5 || error?.description.contains(text) == false)
        }
    }

    @Test("A token comes from a file, and is not printed with the configuration that holds it")
    func file() throws {
        try withTemporaryDirectory { directory in
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
            let path = "\(directory)/token"
            #expect(throws: StoreError.self) { try ClusterToken(file: path) }
            try (Self.text + "\n").write(toFile: path, atomically: false, encoding: .utf8)
            var configuration = NodeConfiguration(name: "a", dataDirectory: directory)
            configuration.clusterToken = try ClusterToken(file: path)
            #expect(configuration.clusterToken?.isShown(by: "Bearer \(Self.text)") == true)
            var dumped = ""
            dump(configuration, to: &dumped)
            #expect(!dumped.contains("bytes"))
            #expect(!"\(configuration) \(dumped)".contains(Self.text))
        }
    }

    @Test("A node takes the word of who shows its token, and clients need none")
    func node() async throws {
        let token = try ClusterToken(Self.text)
        try await withServer({ $0.clusterToken = token }) { link, port in
            let hello = ReplicationRequest(
                epoch: 1, primary: "x", address: "http://x", position: .init(index: 9, epoch: 9),
                content: .beginSnapshot)
            for wrong in [nil, try ClusterToken(Self.text + "0")] {
                let stranger = HTTPLink(host: "127.0.0.1", port: port, token: wrong)
                let answer = try await stranger.send(
                    .POST, "/internal/v1/replication", body: hello.buffer, timeout: .seconds(5))
                #expect(answer.status == 401 && answer.document["code"] == "unauthorized")
                stranger.close()
            }
            let enqueued = try await post(link, "/v1/queues/jobs/messages", #"{"body":"x"}"#)
            #expect(enqueued.status == 201)
            let peer = NodeConfiguration.Peer(name: "a", address: "http://127.0.0.1:\(port)")
            let known = try HTTPReplicationTransport(peer, token: token)
            // The primary of epoch 1 refuses another one of epoch 1.
            let answer = try await known.send(hello, timeout: .seconds(5))
            #expect(answer == .staleEpoch(1))
            let unknown = try HTTPReplicationTransport(peer, token: nil)
            let refusal = try await unknown.send(hello, timeout: .seconds(5))
            #expect(refusal == .failed("it has another cluster token than this node"))
        }
    }

    @Test("An arbiter grants leases to who shows its token")
    func arbiter() async throws {
        try await withTemporaryDirectory { directory in
            let token = try ClusterToken(Self.text)
            let server = try ArbiterServer(
                dataDirectory: directory, host: "127.0.0.1", port: 0, token: token,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let (ports, continuation) = AsyncStream<Int>.makeStream()
            let running = Task { try await server.run { continuation.yield($0) } }
            let port = try #require(await ports.first { _ in true })
            let request = LeaseRequest(
                action: .acquire, node: "a", address: "http://a", incarnation: "1", epoch: 0,
                store: "s", position: .init(), lease: .seconds(1))
            let address = "http://127.0.0.1:\(port)"
            let stranger = try ArbiterClient(address, token: nil, timeout: .seconds(5))
            let error = await #expect(throws: StoreError.self) {
                try await stranger.perform(request)
            }
            #expect(error?.description.contains("another cluster token") == true)
            let known = try ArbiterClient(address, token: token, timeout: .seconds(5))
            #expect(try await known.perform(request).granted)
            running.cancel()
            _ = await running.result
        }
    }
}

import Foundation
import Kernel
import Postgres
import Testing

/// A PostgreSQL server of a test's own, reached by a socket in the test's directory.
struct PostgresServer {
    /// The connection URI of its database.
    let address: String
    private let child: ChildProcess

    /// Makes a database cluster and starts its server, as the user `postgres`: it refuses root.
    static func start(in directory: String) async throws -> PostgresServer {
        let versions = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")
        let version = try #require(versions.sorted().last, "install postgresql")
        let programs = "/usr/lib/postgresql/\(version)/bin"
        let home = "\(directory)/postgres"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: false)
        let user = try #require(getpwnam("postgres")).pointee
        try #require(chown(home, user.pw_uid, user.pw_gid) == 0)
        let made = try run([
            "\(programs)/initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C",
            "--pgdata=\(home)/data",
        ])
        try #require(await made.wait() == .exited(0))
        let child = try run([
            "\(programs)/postgres", "-D", "\(home)/data", "-k", home, "-c", "listen_addresses=",
            "-c", "fsync=off",
        ])
        let server = PostgresServer(
            address: "postgresql:///postgres?host=\(home)&user=postgres", child: child)
        // The last line of the file says how far the server has come.
        for _ in 0..<1000 {
            let file = "\(home)/data/postmaster.pid"
            let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            if text.contains("ready") { return server }
            try await Task.sleep(for: .milliseconds(20))
        }
        await server.stop()
        Issue.record("PostgreSQL did not become ready in 20 s")
        return server
    }

    /// Makes another database of the server and returns its connection URI.
    func makeDatabase(_ name: String) throws -> String {
        try PostgresConnection(address).execute("CREATE DATABASE \(name)")
        return address.replacingOccurrences(of: "///postgres?", with: "///\(name)?")
    }

    /// Ends the server and its connections.
    func stop() async {
        // SIGINT: the server ends without waiting for its clients.
        try? child.signal(SIGINT)
        _ = await child.wait(atMost: .seconds(10))
        _ = await child.terminate(grace: .zero)
    }

    private static func run(_ command: [String]) throws -> ChildProcess {
        let quiet = open("/dev/null", O_WRONLY)
        try #require(quiet >= 0)
        defer { close(quiet) }
        return try ChildProcess.spawn(
            ChildProcess.Options(
                executable: "/usr/bin/setpriv",
                arguments: ["--reuid=postgres", "--regid=postgres", "--clear-groups"] + command,
                environment: ["PATH=/usr/bin:/bin", "LC_ALL=C"], workingDirectory: "/",
                standardOutput: quiet, standardError: quiet))
    }
}

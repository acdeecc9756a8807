import ArgumentParser

/// A host and port to listen on, `127.0.0.1:0`; port 0 takes a free one.
struct ListenAddress: ExpressibleByArgument, CustomStringConvertible {
    var host: String
    var port: Int

    /// As it is written: `127.0.0.1:0`.
    var description: String { "\(host):\(port)" }

    var defaultValueDescription: String { description }

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"),
            let port = Int(argument[argument.index(after: colon)...]), (0...65_535).contains(port)
        else { return nil }
        host = String(argument[..<colon])
        self.port = port
    }
}

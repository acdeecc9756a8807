import NIOCore
import Playbooks

/// A client of one Redis server: single commands, each with a deadline, without hidden retry.
struct RESPClient: Sendable {
    private let pool: ExchangePool<RESPWire>

    init(
        group: any EventLoopGroup, port: Int, maximumConnections: Int = 256,
        maximumWaiting: Int = 4096, maximumAnswer: Int = 16 << 20
    ) throws {
        pool = ExchangePool(
            address: try SocketAddress(ipAddress: "127.0.0.1", port: port),
            limits: ExchangeLimits(
                connections: maximumConnections, waiting: maximumWaiting, answer: maximumAnswer,
                idle: .seconds(30)),
            loop: group.next())
    }

    /// Sends one command and returns its answer, an error's included, by `deadline` from now.
    func send(_ arguments: [[UInt8]], deadline: Duration) async
        -> Result<RESPValue, ExchangeFailure>
    {
        await pool.send(arguments, deadline: deadline)
    }

    /// Sends one command of text.
    func send(_ arguments: String..., deadline: Duration) async
        -> Result<RESPValue, ExchangeFailure>
    {
        await send(arguments.map { Array($0.utf8) }, deadline: deadline)
    }

    func close() async {
        await pool.close()
    }
}

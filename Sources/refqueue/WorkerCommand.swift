import ArgumentParser
import Logging
import ReferenceQueue

/// `refqueue worker`: consumes a queue.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Consume a queue: reserve and acknowledge, doing no work.",
        discussion: """
            The last line on standard output is 'settled N'. SIGTERM and SIGINT end the worker \
            once the message in hand is settled.
            """)

    @Option(help: "A node's base URL; repeatable, the next one is tried when one fails.")
    var url: [String]
    @Option(help: "The queue to consume.")
    var queue: String
    @Option(help: "The share of deliveries to report as failed, 0 to 1.")
    var fail = 0.0
    @Option(help: "Stop after so many messages.")
    var limit: Int?
    @Option(help: "How long a reservation lasts.")
    var lease = DurationArgument.seconds(30)
    @Option(help: "Seed of the choice which deliveries fail.")
    var seed: UInt64 = 0

    func validate() throws {
        guard (0...1).contains(fail) else { throw ValidationError("--fail is 0 to 1") }
        guard limit ?? 1 > 0 else { throw ValidationError("--limit is at least 1") }
    }

    func run() async throws {
        var consumer = QueueConsumer(nodes: url, queue: queue)
        consumer.failureShare = fail
        consumer.limit = limit
        consumer.lease = lease.duration
        consumer.seed = seed
        let logger = Logger(
            label: "refqueue.worker", factory: { StreamLogHandler.standardError(label: $0) })
        let worker = consumer
        try await runUntilSignal(logger: logger) {
            let settled = try await worker.run(logger: logger)
            printLine("settled \(settled)")
        }
    }
}

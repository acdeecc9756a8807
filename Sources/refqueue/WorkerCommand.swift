import ArgumentParser
import Logging
import ReferenceQueue

/// `refqueue worker`: consumes a queue.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Consume a queue: reserve and acknowledge, doing no work.")

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
        guard !url.isEmpty else { throw ValidationError("--url is missing") }
    }

    func run() async throws {
        var consumer = QueueConsumer(nodes: url, queue: queue)
        consumer.failureShare = fail
        consumer.limit = limit
        consumer.lease = lease.duration
        consumer.seed = seed
        let logger = Logger(
            label: "refqueue.worker", factory: { StreamLogHandler.standardError(label: $0) })
        let settled = try await consumer.run(logger: logger)
        printLine("settled \(settled)")
    }
}

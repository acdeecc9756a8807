import Synchronization

/// A node's numbers in the Prometheus text format, version 0.0.4.
struct Metrics {
    private(set) var text = ""

    init(
        status: NodeStatus, queues: [String: QueueState.Counters], waiting: Int,
        load: ServerLoad
    ) {
        gauge("refqueue_primary", "Whether this node is the primary.", status.isPrimary ? 1 : 0)
        gauge("refqueue_lease_held", "Whether the lease holds.", status.holdsLease ? 1 : 0)
        gauge("refqueue_epoch", "The highest epoch known.", status.epoch)
        gauge("refqueue_commit_index", "The newest commit.", status.position.index)
        gauge("refqueue_replication_lag_commits", "Commits a standby lacks.", status.lag)
        gauge("refqueue_disk_free_bytes", "Free space of the store.", status.freeBytes)
        gauge("refqueue_disk_full", "Whether enqueues are refused.", status.disk == .full ? 1 : 0)
        gauge("refqueue_operations_waiting", "Operations that wait for a commit.", waiting)
        gauge(
            "refqueue_consumers_waiting", "Consumers that wait for a message.",
            status.consumersWaiting)
        let counts = status.counts
        counter("refqueue_enqueued_total", "Messages enqueued.", counts.enqueued)
        counter("refqueue_duplicates_total", "Messages whose key was known.", counts.duplicates)
        counter("refqueue_delivered_total", "Deliveries.", counts.delivered)
        counter("refqueue_acknowledged_total", "Messages acknowledged.", counts.acknowledged)
        counter("refqueue_rejected_total", "Deliveries that failed.", counts.rejected)
        counter("refqueue_leases_lapsed_total", "Leases that lapsed.", counts.leasesLapsed)
        counter("refqueue_commits_total", "Commits made durable.", counts.commits)
        counter("refqueue_changes_total", "Changes in those commits.", counts.changes)
        counter("refqueue_refused_full_total", "Refused for lack of space.", counts.refusedFull)
        counter("refqueue_refused_overload_total", "Refused as too many.", counts.refusedOverload)
        counter("refqueue_refused_role_total", "Refused as not the primary.", counts.refusedRole)
        counter("refqueue_promotions_total", "Times this node became primary.", counts.promotions)
        counter("refqueue_demotions_total", "Times it ceased to be.", counts.demotions)
        counter("refqueue_snapshots_total", "Snapshots sent.", counts.snapshots)
        counter("refqueue_callbacks_total", "Callbacks made.", counts.callbacks)
        counter("refqueue_callback_failures_total", "Callbacks failed.", counts.callbackFailures)
        add(load)
        add(queues: queues)
    }

    private mutating func add(_ load: ServerLoad) {
        gauge(
            "refqueue_connections", "Connections that are open.",
            load.connections.load(ordering: .relaxed))
        gauge(
            "refqueue_requests", "Requests that are being handled.",
            load.requests.load(ordering: .relaxed))
        counter(
            "refqueue_slow_requests_total", "Connections closed for a request's slowness.",
            load.slowRequests.load(ordering: .relaxed))
        counter(
            "refqueue_slow_readers_total", "Connections closed for not reading an answer.",
            load.slowReaders.load(ordering: .relaxed))
    }

    private mutating func add(queues: [String: QueueState.Counters]) {
        header("refqueue_queue_messages", "Messages of a queue by state.", "gauge")
        for (name, counters) in queues.sorted(by: { $0.key < $1.key }) {
            let states = [
                ("ready", counters.ready), ("delayed", counters.delayed),
                ("leased", counters.leased), ("dead", counters.dead),
            ]
            for (state, count) in states {
                text += "refqueue_queue_messages{queue=\"\(Self.escape(name))\","
                text += "state=\"\(state)\"} \(count)\n"
            }
        }
    }

    private mutating func gauge(_ name: String, _ help: String, _ value: some BinaryInteger) {
        header(name, help, "gauge")
        text += "\(name) \(value)\n"
    }

    private mutating func counter(_ name: String, _ help: String, _ value: Int) {
        header(name, help, "counter")
        text += "\(name) \(value)\n"
    }

    private mutating func header(_ name: String, _ help: String, _ kind: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    }

    private static func escape(_ label: String) -> String {
        label.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}

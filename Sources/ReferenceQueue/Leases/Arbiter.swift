import Glibc
import NIOCore

/// The lease store that other processes ask over HTTP; its record is fsynced before it answers.
actor Arbiter {
    private var state: ArbiterState
    private let file: DurableFile
    private let time: TimeSource

    init(directory: String, time: TimeSource = .system) throws {
        if mkdir(directory, 0o755) != 0, errno != EEXIST {
            throw StoreError(
                "cannot make the data directory \(directory): \(String(cString: strerror(errno)))")
        }
        file = DurableFile(path: directory + "/lease.json")
        self.time = time
        var record = ArbiterState.Record()
        if let bytes = try file.read() {
            guard let stored = ArbiterState.Record(try JSONParser.parse(bytes)) else {
                throw StoreError("\(directory)/lease.json is not a lease record")
            }
            record = stored
        }
        state = ArbiterState(record: record, now: time.now().monotonic)
    }

    /// Performs a request; what it changed is durable when this returns, but for how far the holder
    /// says with each renewal that it has got.
    func perform(_ request: LeaseRequest) throws -> LeaseView {
        var next = state
        let view = next.perform(request, now: time.now().monotonic)
        if next.record.differs(from: state.record) {
            try file.replace(with: Array(next.record.document.buffer.readableBytesView))
        }
        state = next
        return view
    }

    /// The record as it is, and whether its lease has lapsed.
    var status: (record: ArbiterState.Record, isHeld: Bool) {
        (state.record, time.now().monotonic < state.deadline)
    }
}

extension Arbiter: LeaseStore {}

import Records
import Synchronization

/// Keeps count of the acknowledged messages that have not come out yet: two bits a message.
final class DeliveryTracker: OperationRecorder {
    private struct State {
        var acknowledged: [MessageBits]
        var delivered: [MessageBits]
        var awaited = 0
        var lastDelivery: DrillTime?
    }

    private let state: Mutex<State>

    init(producers: Int) {
        let bits = [MessageBits](repeating: MessageBits(), count: producers)
        state = Mutex(State(acknowledged: bits, delivered: bits))
    }

    /// How many acknowledged messages were never delivered so far.
    var awaited: Int { state.withLock(\.awaited) }

    /// When a message last came out.
    var lastDelivery: DrillTime? { state.withLock(\.lastDelivery) }

    func record(_ operation: Operation) {
        guard operation.outcome == .ok else { return }
        switch operation.kind {
        case .enqueue: acknowledge(operation)
        case .reserve: deliver(operation)
        case .acknowledge, .refuse: break
        }
    }

    private func acknowledge(_ operation: Operation) {
        guard let message = operation.message else { return }
        state.withLock { state in
            guard state.acknowledged.indices.contains(message.producer),
                state.acknowledged[message.producer].insert(message.sequence),
                !state.delivered[message.producer].contains(message.sequence)
            else { return }
            state.awaited += 1
        }
    }

    private func deliver(_ operation: Operation) {
        guard operation.intact != nil else { return }
        state.withLock { state in
            state.lastDelivery = max(state.lastDelivery ?? operation.ended, operation.ended)
            // What a damaged body says of a sequence is not to be trusted with memory.
            guard let message = operation.message, operation.intact == true,
                state.delivered.indices.contains(message.producer),
                state.delivered[message.producer].insert(message.sequence),
                state.acknowledged[message.producer].contains(message.sequence)
            else { return }
            state.awaited -= 1
        }
    }
}

/// A set of sequence numbers that are given out in order.
private struct MessageBits {
    private var words: [UInt64] = []

    func contains(_ sequence: Int) -> Bool {
        let word = sequence >> 6
        return word < words.count && words[word] & (1 << UInt64(sequence & 63)) != 0
    }

    /// Adds a number; false when it was there already.
    mutating func insert(_ sequence: Int) -> Bool {
        guard !contains(sequence) else { return false }
        let word = sequence >> 6
        if word >= words.count {
            words += [UInt64](repeating: 0, count: word + 1 - words.count)
        }
        words[word] |= 1 << UInt64(sequence & 63)
        return true
    }
}

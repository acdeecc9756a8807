import FaultProxy
import Kernel
import Records
import Systems

/// What came of one question.
struct NameTry: Sendable, Equatable {
    /// The code of the answer (RFC 1035, 4.1.1); nil when none came.
    var code: UInt8?
    var time: Duration
}

/// What came of looking a name up as programs do it.
struct NameLookup: Sendable, Equatable {
    var addresses: [String]
    /// Whether it had come to an end when it was no longer waited for.
    var hasEnded: Bool
    var time: Duration
}

/// Asks for names: the witness of what was done to them.
struct NameTrials: Sendable {
    let now: @Sendable () -> DrillTime
    let sleep: @Sendable (Duration) async throws -> Void

    /// How long an answer may take before it counts as none.
    static func patience(_ effect: NameServer.Effect) -> Duration {
        if case .delay(let delay) = effect { return delay + .seconds(1) }
        return .milliseconds(500)
    }

    /// How long a fault has to last for enough tries, each with a break behind it.
    static func neededTime(_ effect: NameServer.Effect) -> Duration {
        max(.seconds(2), (patience(effect) + .milliseconds(300)) * NameJudgement.neededTries)
    }

    /// Asks a name server once.
    func ask(_ server: NameServer, for name: String, patience: Duration) async -> NameTry {
        let start = now()
        let elapsed = { (now() - start).duration }
        let identifier = UInt16.random(in: 1 ... .max)
        let question = NameMessage.question(for: name, identifier: identifier)
        guard let socket = try? DatagramSocket(address: "127.0.0.1", buffer: 65_536),
            (try? socket.send(question, to: server.address, port: UInt16(clamping: server.port)))
                == true
        else { return NameTry(code: nil, time: .zero) }
        while elapsed() < patience, !Task.isCancelled {
            while let bytes = try? socket.receive() {
                guard let message = NameMessage(bytes), message.isAnswer,
                    message.identifier == identifier
                else { continue }
                return NameTry(code: message.code, time: elapsed())
            }
            // A sleep that is cut short is noticed by the loop's condition.
            try? await sleep(.milliseconds(2))
        }
        return NameTry(code: nil, time: elapsed())
    }

    /// Looks a name up by the C library, as nsswitch.conf(5) says, and waits for no longer than
    /// `limit`: the lookup cannot be cancelled, and goes on in a thread of its own.
    func lookUp(_ name: String, within limit: Duration) async -> NameLookup {
        let start = now()
        // The name is the resolver's alone: `localhost` has to be looked up too.
        let lookup = HostLookup("name") { _ in HostLookup.system(name) }
        let answer = await lookup?.addresses(within: limit)
        let time = (now() - start).duration
        return switch answer {
        case .success(let addresses): NameLookup(addresses: addresses, hasEnded: true, time: time)
        case .failure(.notResolved): NameLookup(addresses: [], hasEnded: true, time: time)
        default: NameLookup(addresses: [], hasEnded: false, time: time)
        }
    }
}

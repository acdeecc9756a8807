import Systems

/// What is lost on one link of the testbed.
struct LinkCut: Sendable {
    /// A link has an end that asks, its source, and one that answers, its destination.
    enum Loss: String, Sendable {
        /// Everything that the source sends, handshakes too.
        case requests
        /// Everything that the destination sends, handshakes too.
        case answers
        case both
        /// What the destination has to say; connections stand, and requests are carried out.
        case replies
        /// Everything that the source sends, and it is told so by a reset.
        case refused
    }

    var link: TestbedLink
    var loss: Loss

    /// `answers over a to b are lost`.
    var text: String {
        switch loss {
        case .requests: "requests over \(link.name) are lost"
        case .answers: "answers over \(link.name) are lost"
        case .both: "nothing passes over \(link.name)"
        case .replies: "requests over \(link.name) are carried out, their answers are lost"
        case .refused: "connections over \(link.name) are refused"
        }
    }
}

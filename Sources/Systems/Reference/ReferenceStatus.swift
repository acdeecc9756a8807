import FoundationEssentials
import Records

/// What `GET /v1/status` of a node says.
struct ReferenceStatus: Decodable, Sendable, Equatable {
    private struct Standby: Decodable {
        var attached: Bool
    }

    private enum Key: String, CodingKey {
        case role, epoch, lag, standbys
    }

    var role: String
    var epoch: UInt64?
    /// How many standbys a primary commits to before it acknowledges; 0 on every other node.
    ///
    /// A standby that is not attached may not take over, because it may lack what was acknowledged.
    var attachedStandbys: Int
    /// How far the standby is behind; nil where the node does not say.
    var lag: Double?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        role = try container.decode(String.self, forKey: .role)
        // Only the role is needed: what an older or newer service leaves out or writes otherwise
        // is not known, and no reason to know nothing.
        epoch = try? container.decode(UInt64.self, forKey: .epoch)
        let standbys = try? container.decode([Standby].self, forKey: .standbys)
        attachedStandbys = standbys?.count(where: \.attached) ?? 0
        lag = try? container.decode(Double.self, forKey: .lag)
    }

    /// Reads an answer; nil for anything but a status.
    init?(_ answer: HTTPAnswer) {
        guard answer.status == 200,
            let status = try? JSONDecoder().decode(Self.self, from: Data(answer.body))
        else { return nil }
        self = status
    }

    var nodeRole: NodeRole {
        switch role {
        case "primary": .primary
        case "standby": .standby
        default: .unknown
        }
    }
}

/// Who is what, from what the nodes say of themselves.
struct ReferenceRoles: Sendable, Equatable {
    /// A node's last word: the role it claims and its epoch; nil when it did not answer.
    typealias Claim = (role: NodeRole, epoch: UInt64)

    private(set) var roles: [String: NodeRole] = [:]
    private var claims: [String: Claim?] = [:]

    static func == (left: ReferenceRoles, right: ReferenceRoles) -> Bool {
        left.roles == right.roles
    }

    /// Takes in a node's latest claim; the changes, in the order of the names.
    ///
    /// Of two nodes that both claim to be primary, the one of the newer epoch is; the other is
    /// `unknown`, because its own word is not the truth.
    mutating func update(_ node: String, _ claim: Claim?) -> [(node: String, role: NodeRole)] {
        claims.updateValue(claim, forKey: node)
        let newest = claims.values.compactMap { claim -> UInt64? in
            guard let claim, claim.role == .primary else { return nil }
            return claim.epoch
        }.max()
        var changes: [(node: String, role: NodeRole)] = []
        for (node, claim) in claims.sorted(by: { $0.key < $1.key }) {
            var role = claim?.role ?? .unknown
            if role == .primary, let claim, claim.epoch != newest { role = .unknown }
            if roles[node] != role {
                roles[node] = role
                changes.append((node, role))
            }
        }
        return changes
    }
}

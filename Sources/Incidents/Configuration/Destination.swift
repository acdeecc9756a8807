/// A place that bundles and alerts are delivered to.
public struct Destination: Sendable, Equatable {
    /// What is spoken there.
    public enum Kind: Sendable, Equatable {
        /// A directory that bundles are copied into.
        case directory(path: String)
        /// A URL that takes JSON, signed as https://www.standardwebhooks.com describes.
        case webhook(url: String, secret: SecretSource)
        /// Comments on an issue of GitHub: `repository` is `owner/name`.
        case github(api: String, repository: String, issue: Int?, token: SecretSource)
        /// Notes on an issue of GitLab: `project` is its number or its path.
        case gitlab(api: String, project: String, issue: Int?, token: SecretSource)
        /// An incoming webhook of Slack, or of what is compatible with it; its URL is a secret.
        case slack(url: SecretSource)
    }

    public var name: String
    public var kind: Kind
    /// A file of certificates in PEM to trust for https, instead of those that the host trusts.
    public var authorities: String?

    public init(name: String, kind: Kind, authorities: String? = nil) {
        self.name = name
        self.kind = kind
        self.authorities = authorities
    }

    /// Where its secret is; nil for a directory.
    public var secret: SecretSource? {
        switch kind {
        case .directory: nil
        case .webhook(_, let secret): secret
        case .github(_, _, _, let token), .gitlab(_, _, _, let token): token
        case .slack(let url): url
        }
    }
}

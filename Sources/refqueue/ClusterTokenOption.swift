import ArgumentParser
import Glibc
import ReferenceQueue

/// Where the cluster token comes from; never the command line itself, which anybody can read.
struct ClusterTokenOption: ParsableArguments {
    private static let variable = "REFQUEUE_CLUSTER_TOKEN"

    static let discussion = """
        With a cluster token, in a file or in the environment's \(variable), nodes and the arbiter \
        take each other's word alone.
        """

    @Option(help: "The file that holds the cluster token.")
    var clusterTokenFile: String?

    /// The token; nil without one.
    var token: ClusterToken? {
        get throws {
            if let clusterTokenFile { return try ClusterToken(file: clusterTokenFile) }
            guard let value = getenv(Self.variable) else { return nil }
            return try ClusterToken(String(cString: value))
        }
    }
}

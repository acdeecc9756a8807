/// What a node has done since it started, for `/metrics`.
struct NodeCounts: Sendable, Equatable {
    var enqueued = 0
    var duplicates = 0
    var delivered = 0
    var acknowledged = 0
    var rejected = 0
    var leasesLapsed = 0
    var commits = 0
    var changes = 0
    var refusedFull = 0
    var refusedOverload = 0
    var refusedRole = 0
    var promotions = 0
    var demotions = 0
    var snapshots = 0
    var callbacks = 0
    var callbackFailures = 0
}

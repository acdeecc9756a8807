import FoundationEssentials
import Glibc
import Kernel

/// What this host and this user's rights allow faults to do.
public struct HostCapabilities: Sendable, Equatable {
    /// One thing that is possible here or not, with the reason.
    public struct Capability: Sendable, Equatable, CustomStringConvertible {
        public var name: String
        public var isPresent: Bool
        public var reason: String

        public init(_ name: String, isPresent: Bool, reason: String) {
            self.name = name
            self.isPresent = isPresent
            self.reason = reason
        }

        /// `netem: absent (Object not found)`.
        public var description: String {
            "\(name): \(isPresent ? "present" : "absent") (\(reason))"
        }
    }

    /// The queueing discipline that delays packets, in this kernel.
    public var netem: Capability
    /// CAP_NET_ADMIN: queueing disciplines may be changed.
    public var networkAdministration: Capability
    /// nf_tables with owner tables: rules on packets may live as long as the drill does.
    public var nftables: Capability
    /// htb, the queueing discipline that bounds rates, in this kernel.
    public var tokenBuckets: Capability
    /// nf_tables on the two ways of single interfaces: packets may vanish there.
    public var deviceHooks: Capability
    /// CAP_SYS_ADMIN: file systems may be mounted.
    public var systemAdministration: Capability
    public var isRoot: Bool

    public init(
        netem: Capability, networkAdministration: Capability, systemAdministration: Capability,
        nftables: Capability,
        tokenBuckets: Capability = Capability("htb", isPresent: true, reason: "not asked for"),
        deviceHooks: Capability = Capability("hooks", isPresent: true, reason: "not asked for"),
        isRoot: Bool
    ) {
        self.netem = netem
        self.networkAdministration = networkAdministration
        self.systemAdministration = systemAdministration
        self.nftables = nftables
        self.tokenBuckets = tokenBuckets
        self.deviceHooks = deviceHooks
        self.isRoot = isRoot
    }

    /// Looks at this process and this kernel; changes nothing.
    public static func probe() -> HostCapabilities {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let effective = effectiveCapabilities(in: status)
        // Without the right to make one the host itself is asked, which changes nothing either.
        let scratch = try? ScratchNetworkNamespace()
        return HostCapabilities(
            netem: netem(),
            networkAdministration: capability(.networkAdministration, in: effective),
            systemAdministration: capability(.systemAdministration, in: effective),
            nftables: nftables(in: scratch),
            tokenBuckets: tokenBuckets(in: scratch),
            deviceHooks: capability(
                "nf_tables netdev hooks", KernelAnswer.deviceHooks(in: scratch)),
            isRoot: geteuid() == 0)
    }

    /// Asks the kernel; a user without the right to is answered that it is missing.
    private static func netem() -> Capability {
        do {
            let answer = try PortNetem.capability()
            return Capability("netem", isPresent: answer.isPresent, reason: answer.reason)
        } catch {
            return Capability("netem", isPresent: false, reason: "\(error)")
        }
    }

    private static func nftables(in scratch: ScratchNetworkNamespace?) -> Capability {
        capability("nftables", KernelAnswer.ownerTables(in: scratch))
    }

    /// An interface that is taken says nothing of the kernel, and is no reason against it.
    private static func tokenBuckets(in scratch: ScratchNetworkNamespace?) -> Capability {
        do {
            let answer = try KernelAnswer.qdisc("htb", in: scratch)
            return Capability("htb", isPresent: answer.presence != .absent, reason: answer.evidence)
        } catch {
            return Capability("htb", isPresent: false, reason: "\(error)")
        }
    }

    private static func capability(_ name: String, _ answer: KernelAnswer) -> Capability {
        Capability(name, isPresent: answer.presence == .present, reason: answer.evidence)
    }

    /// Everything that was looked at, for the record of the environment.
    public var all: [Capability] {
        [netem, tokenBuckets, nftables, deviceHooks, networkAdministration, systemAdministration]
    }

    /// The line `CapEff` of /proc/PID/status (proc(5)); nil when it is missing.
    static func effectiveCapabilities(in status: String) -> UInt64? {
        for line in status.split(separator: "\n") where line.hasPrefix("CapEff:") {
            return line.split(whereSeparator: \.isWhitespace).last.flatMap {
                UInt64($0, radix: 16)
            }
        }
        return nil
    }

    private static func capability(
        _ capability: Kernel.Capability, in set: UInt64?
    ) -> Capability {
        let name = capability.rawValue
        guard let set else {
            return Capability(name, isPresent: false, reason: "/proc/self/status is unreadable")
        }
        let isPresent = set & (1 << UInt64(capability.bit)) != 0
        return Capability(
            name, isPresent: isPresent,
            reason: isPresent ? "effective" : "not effective; \(capability.remedy)")
    }
}

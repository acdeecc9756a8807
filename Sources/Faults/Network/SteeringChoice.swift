import Glibc
import Kernel

/// How the packets of a fault are told from all others on a host, and why so.
struct SteeringChoice: Equatable {
    enum Backend: String { case nftables, u32 }

    let backend: Backend
    /// For plans and records.
    let note: String

    /// Takes nf_tables, whose table ends with the drill, and u32 where the kernel has it not.
    init(host: HostCapabilities) {
        guard host.nftables.isPresent else {
            backend = .u32
            note = "steered by u32 filters on the qdisc (\(host.nftables))"
            return
        }
        backend = .nftables
        note = "steered by an nftables table that ends with the drill"
    }

    /// The steering of one fault on an interface; drills beside this one have tables of their own.
    ///
    /// - Parameter spared: local ports of TCP that no aim may hit.
    func steering(
        onInterface index: Int32, sparing spared: [UInt16] = []
    ) -> any Steering {
        switch backend {
        case .nftables:
            NftablesSteering(
                table: "firedrill-\(getpid())-steering-\(index)", sparing: spared)
        case .u32: FilterSteering()
        }
    }
}

import Glibc
public import Kernel
public import Records

extension KernelWitness {
    /// Looks once at the system; throws when it cannot be looked at.
    ///
    /// - Parameters:
    ///   - ending: a process that is about to end and has asked for this look; what goes with it is
    ///     not there to be seen gone yet.
    ///   - hasCompanion: whether another process of this program waits for this one's end.
    public func comparison(
        ending: ProcessIdentity? = nil, hasCompanion: Bool = false
    ) throws -> Comparison {
        switch self {
        case .ended(let process) where process == ending:
            return .unseen("\(process)", because: "it is about to end")
        case .ended(let process):
            let isAlive = ProcessTable.isAlive(process)
            return Comparison(
                what: "\(process)", before: "to end", after: isAlive ? "running" : "gone",
                isSame: !isAlive)
        case .letGo(let process, let tracer):
            let isHeld = ProcessTable.tracers(of: process).contains(tracer)
            return Comparison(
                what: "tracer of \(process)", before: "none of the drill's",
                after: isHeld ? "\(tracer)" : "none of the drill's", isSame: !isHeld)
        case .table(let name):
            return try table(name)
        case .file(let device, let inode):
            return processes(
                ProcessTable.holders(ofDevice: device, inode: inode),
                "descriptors of inode \(inode) of device \(device)")
        case .folder(let device, let inode):
            return processes(
                ProcessTable.workers(inDevice: device, inode: inode),
                "processes that work in inode \(inode) of device \(device)")
        case .path(let path):
            let isThere = FileStatus.of(path) != nil
            return Comparison(
                what: path, before: "to be gone", after: isThere ? "still there" : "gone",
                isSame: !isThere)
        case .mounts(let identity):
            return mounts(identity, ending: ending, hasCompanion: hasCompanion)
        case .nothing:
            return Comparison(
                what: "what it left in", before: "nothing", after: "nothing", isSame: true)
        }
    }

    private func processes(_ found: [ProcessIdentity], _ what: String) -> Comparison {
        Comparison(
            what: what, before: "none",
            after: found.isEmpty ? "none" : found.map(\.description).joined(separator: ", "),
            isSame: found.isEmpty)
    }

    /// Who looks may be inside, as a guardian is, with the standby beside it: the namespace then goes
    /// with them.
    private func mounts(
        _ identity: MountNamespace.Identity, ending: ProcessIdentity?, hasCompanion: Bool
    ) -> Comparison {
        let what = "processes in mount namespace \(identity.inode)"
        guard let members = identity.members() else {
            return .unseen(what, because: "this kernel may have given its number to another one")
        }
        let others = members.filter {
            $0.pid != getpid() && $0 != ending
                && !(hasCompanion && ProcessTable.executesThisProgram($0.pid))
        }
        var comparison = processes(others, what)
        if others.isEmpty, !members.isEmpty { comparison.after = "none but those about to end" }
        return comparison
    }

    private func table(_ name: String) throws(KernelError) -> Comparison {
        let what = "nftables table \(name)"
        do {
            let isThere = try NftablesTable.exists(name: name)
            return Comparison(
                what: what, before: "absent", after: isThere ? "still there" : "absent",
                isSame: !isThere)
        } catch  where error.number == EPERM {
            return .unseen(what, because: "it takes CAP_NET_ADMIN")
        }
    }
}

extension Comparison {
    /// Says of something that nobody looked at it, and why.
    static func unseen(_ what: String, because reason: String) -> Comparison {
        var comparison = Comparison(
            what: what, before: "bound to the drill", after: "not looked at: \(reason)",
            isSame: true)
        comparison.isUnseen = true
        return comparison
    }
}

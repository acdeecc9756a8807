import FoundationEssentials
import Glibc
import Kernel

/// Asks the host what faults need; changes nothing.
struct HostQuestions {
    let kernel: String
    let distribution: Distribution
    let user: String

    init() {
        var name = utsname()
        uname(&name)
        let release = Self.text(name.release)
        kernel = "\(Self.text(name.sysname)) \(release)"
        distribution = Distribution(
            osRelease: Self.file("/etc/os-release") ?? Self.file("/usr/lib/os-release") ?? "",
            kernelRelease: release,
            hasModules: FileManager.default.fileExists(atPath: "/lib/modules/\(release)"))
        user = geteuid() == 0 ? "root" : "user \(geteuid())"
    }

    func answers() -> [HostFeature: KernelAnswer] {
        var answers = rights()
        answers[.pidfd] = ask("pidfd_open of this process") {
            guard let own = ProcessTable.identity(of: getpid()) else {
                throw KernelError(call: "read", object: "/proc/self/stat", reason: .vanished)
            }
            _ = try ProcessHandle(own)
        }
        answers[.tracing] = tracing()
        answers[.unnamedFiles] = ask("open(O_TMPFILE) in \(Self.temporary)") {
            _ = try Descriptor.openUnnamed(in: Self.temporary)
        }
        answers[.loopDevices] = loopDevices()
        answers[.clockCode] = WallClockSkew.capability()
        answers[.timeNamespaces] = TimeNamespace.capability()
        answers[.diskThrottle] = diskThrottle()
        answers[.mountNamespaces] = namespaces("mnt", rights: answers)
        answers[.controlGroups] = controlGroups()
        return answers.merging(networkAnswers()) { _, network in network }
    }

    /// What is asked best in a namespace of its own.
    private func networkAnswers() -> [HostFeature: KernelAnswer] {
        let scratch: ScratchNetworkNamespace
        do {
            scratch = try ScratchNetworkNamespace()
        } catch {
            // Questions that change nothing are asked in the host's own namespace then.
            var answers = networkAnswers(in: nil)
            answers[.networkNamespaces] = KernelAnswer(
                error.number == EPERM ? .unknown : .absent, "\(error)")
            answers[.ingressRedirection] = KernelAnswer(
                .unknown, "it could not be asked without a network namespace of its own: \(error)")
            return answers
        }
        var answers = networkAnswers(in: scratch)
        answers[.networkNamespaces] = KernelAnswer(.present, "unshare(CLONE_NEWNET) made one")
        answers[.ingressRedirection] = ask { try IngressRedirect.capability() }
        return answers
    }

    /// What is asked in a scratch namespace, or in the host's, where it leaves nothing.
    private func networkAnswers(
        in namespace: ScratchNetworkNamespace?
    ) -> [HostFeature: KernelAnswer] {
        [
            .netem: ask { try KernelAnswer.qdisc("netem", in: namespace) },
            .hierarchicalTokenBucket: ask { try KernelAnswer.qdisc("htb", in: namespace) },
            .packetFilter: ask { try KernelAnswer.packetFilter(in: namespace) },
            .ownerTables: KernelAnswer.ownerTables(in: namespace),
            .deviceHooks: KernelAnswer.deviceHooks(in: namespace),
            .socketReset: ask { try KernelAnswer.socketReset(in: namespace) },
        ]
    }

    private func rights() -> [HostFeature: KernelAnswer] {
        let status = Self.file("/proc/self/status") ?? ""
        guard let set = HostCapabilities.effectiveCapabilities(in: status) else {
            let unknown = KernelAnswer(.unknown, "/proc/self/status is unreadable")
            return Dictionary(
                uniqueKeysWithValues: Capability.allCases.compactMap { capability in
                    HostFeature(rawValue: capability.rawValue).map { ($0, unknown) }
                })
        }
        return Dictionary(
            uniqueKeysWithValues: Capability.allCases.compactMap { capability in
                let isPresent = set & (1 << UInt64(capability.bit)) != 0
                let evidence =
                    "CapEff in /proc/self/status has bit \(capability.bit) "
                    + (isPresent ? "set" : "clear: \(capability.remedy)")
                return HostFeature(rawValue: capability.rawValue).map {
                    ($0, KernelAnswer(isPresent ? .present : .absent, evidence))
                }
            })
    }

    /// Yama, where the kernel has it, keeps ptrace to descendants (1), to root (2), or forbids it (3).
    private func tracing() -> KernelAnswer {
        let path = "/proc/sys/kernel/yama/ptrace_scope"
        guard let text = Self.file(path), let scope = Int(text.filter(\.isNumber)) else {
            return KernelAnswer(.present, "\(path) is missing: nothing restricts it")
        }
        let isRoot = geteuid() == 0
        let isPresent = scope < 2 || scope == 2 && isRoot
        let whom = scope == 1 && !isRoot ? ": the testbed's own processes only" : ""
        return KernelAnswer(isPresent ? .present : .absent, "\(path) is \(scope)\(whom)")
    }

    private func namespaces(
        _ kind: String, rights: [HostFeature: KernelAnswer]
    ) -> KernelAnswer {
        let path = "/proc/sys/user/max_\(kind)_namespaces"
        guard let text = Self.file(path), let limit = Int(text.filter(\.isNumber)) else {
            return KernelAnswer(.absent, "\(path) is missing")
        }
        guard rights[.systemAdministration]?.presence == .present else {
            return KernelAnswer(
                .unknown, "\(path) is \(limit), but making one needs CAP_SYS_ADMIN")
        }
        return KernelAnswer(limit > 0 ? .present : .absent, "\(path) is \(limit)")
    }

    private func controlGroups() -> KernelAnswer {
        for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
            guard let text = Self.file(root + "/cgroup.controllers") else { continue }
            let controllers = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            return KernelAnswer(
                .present,
                "\(root)/cgroup.controllers lists "
                    + (controllers.isEmpty ? "none: processes can be frozen only" : controllers))
        }
        return KernelAnswer(.absent, "no cgroup2 file system at /sys/fs/cgroup")
    }

    private func diskThrottle() -> KernelAnswer {
        do {
            let place = try ThrottlePlace.find()
            let means = place.version == .io ? "io.max" : "blkio.throttle"
            return KernelAnswer(.present, "\(means) in groups below \(place.directory)")
        } catch {
            return KernelAnswer(error.number == EACCES ? .unknown : .absent, "\(error)")
        }
    }

    private func loopDevices() -> KernelAnswer {
        let path = "/dev/loop-control"
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        let number = errno
        guard descriptor < 0 else {
            close(descriptor)
            return KernelAnswer(.present, "\(path) could be opened")
        }
        let presence: KernelAnswer.Presence = number == EACCES ? .unknown : .absent
        return KernelAnswer(presence, "\(path): " + String(cString: strerror(number)))
    }

    private func ask(_ question: String, _ body: () throws -> Void) -> KernelAnswer {
        do {
            try body()
            return KernelAnswer(.present, "\(question) succeeded")
        } catch {
            return KernelAnswer(.absent, "\(error)")
        }
    }

    private func ask(_ body: () throws -> KernelAnswer) -> KernelAnswer {
        do {
            return try body()
        } catch {
            return KernelAnswer(.unknown, "\(error)")
        }
    }

    private static var temporary: String {
        getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    }

    private static func file(_ path: String) -> String? {
        try? String(contentsOfFile: path, encoding: .utf8)
    }

    private static func text<Tuple>(_ characters: Tuple) -> String {
        withUnsafeBytes(of: characters) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

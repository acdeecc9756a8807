import Kernel
import Playbooks
import Testing

@testable import Faults

@Suite("Host survey")
struct HostSurveyTests {
    private static let ubuntu = "NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\nPRETTY_NAME=\"U 24\"\n"
    private static let rocky = "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"
    private static let debian = "ID=debian\nPRETTY_NAME='Debian GNU/Linux 12 (bookworm)'\n"
    private static let other = "ID=gentoo\n"

    @Test(
        "names the package that adds netem to each distribution's kernel",
        arguments: [
            (ubuntu, true, "install linux-modules-extra-6.1.0"),
            (rocky, true, "install kernel-modules-extra-6.1.0"),
            (debian, true, "install the kernel of linux-image-amd64"),
            (other, true, "boot a kernel with CONFIG_NET_SCH_NETEM"),
            (
                debian, false,
                "this kernel has no modules (/lib/modules/6.1.0 is missing): boot the kernel of "
                    + "linux-image-amd64, or a kernel with CONFIG_NET_SCH_NETEM"
            ),
            (
                other, false,
                "this kernel has no modules (/lib/modules/6.1.0 is missing): boot "
                    + "a kernel with CONFIG_NET_SCH_NETEM"
            ),
        ])
    func packages(osRelease: String, hasModules: Bool, remedy: String) {
        let distribution = Distribution(
            osRelease: osRelease, kernelRelease: "6.1.0", hasModules: hasModules)
        #expect(distribution.remedy(for: .netem) == remedy)
    }

    @Test("says nothing of packages where a right is missing")
    func rights() {
        let distribution = Distribution(
            osRelease: Self.debian, kernelRelease: "6.1.0", hasModules: true)
        #expect(distribution.remedy(for: .networkAdministration).isEmpty)
        #expect(distribution.name == "Debian GNU/Linux 12 (bookworm)")
    }

    @Test("a backend is usable only when all that it needs is known to be there")
    func backends() throws {
        let needs = [
            BackendNeeds("netem", [.netem, .networkAdministration]),
            BackendNeeds("filter", [.packetFilter]), BackendNeeds("proxy"),
        ]
        let survey = HostSurvey(
            kernel: "Linux 6.1.0",
            distribution: Distribution(
                osRelease: Self.ubuntu, kernelRelease: "6.1.0", hasModules: true),
            user: "root",
            answers: [
                .netem: KernelAnswer(.absent, "ENOENT"),
                .networkAdministration: KernelAnswer(.present, "set"),
                .packetFilter: KernelAnswer(.unknown, "EPERM"),
            ], kinds: [("network.delay", needs)])
        let backends = try #require(survey.kinds.first?.backends)
        #expect(backends.map(\.isUsable) == [false, false, true])
        #expect(backends.map(\.lacks) == [[.netem], [.packetFilter], []])
        // What could not be asked for may be there.
        #expect(backends.map(\.presence) == [.absent, .unknown, .present])
        #expect(survey.findings.count == HostFeature.allCases.count)
        let netem = try #require(survey.findings.first { $0.feature == .netem })
        #expect(netem.remedy == "install linux-modules-extra-6.1.0")
        // Nobody asked for it: that is not an absence.
        #expect(survey.findings.first { $0.feature == .pidfd }?.presence == .unknown)
    }

    @Test("every kind of fault names its backends and what they need")
    func catalogue() {
        for kind in FaultCatalogue.kinds {
            #expect(!kind.backends.isEmpty, "\(kind.declaration.kind)")
        }
    }

    @Test("asks this host everything, and the same questions get the same answers")
    func thisHost() {
        let first = HostSurvey.probe()
        let second = HostSurvey.probe()
        #expect(first.findings.allSatisfy { $0.evidence != "nobody asked for it" })
        #expect(first.findings.map(\.presence) == second.findings.map(\.presence))
        #expect(first.findings.first { $0.feature == .pidfd }?.presence == .present)
    }
}

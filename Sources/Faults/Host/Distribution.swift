import FoundationEssentials

/// A Linux distribution, as its os-release(5) names it, and the kernel that runs.
struct Distribution: Equatable {
    /// `Debian GNU/Linux 12 (bookworm)`.
    var name: String
    /// `debian`, then what it is like.
    var families: [String]
    /// `uname -r`.
    var kernelRelease: String
    /// Whether the modules of the running kernel are installed.
    var hasModules: Bool

    init(osRelease: String, kernelRelease: String, hasModules: Bool) {
        var values: [String: String] = [:]
        for line in osRelease.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            values[String(parts[0])] = parts[1].filter { $0 != "\"" && $0 != "'" }
        }
        name = values["PRETTY_NAME"] ?? values["NAME"] ?? "unknown"
        families =
            [values["ID"] ?? ""].filter { !$0.isEmpty }
            + (values["ID_LIKE"] ?? "").split(separator: " ").map(String.init)
        self.kernelRelease = kernelRelease
        self.hasModules = hasModules
    }

    /// What would add a feature that the kernel lacks, in the words of this distribution.
    func remedy(for feature: HostFeature) -> String {
        guard !feature.options.isEmpty else { return "" }
        let options = feature.options.joined(separator: " and ")
        guard hasModules else {
            return "this kernel has no modules (/lib/modules/\(kernelRelease) is missing): boot "
                + (distributionKernel.map { "\($0), or " } ?? "") + "a kernel with \(options)"
        }
        guard feature.isExtraModule, let package = extraModules else {
            return "boot a kernel with \(options)"
        }
        return "install \(package)"
    }

    /// The package with the modules that the smallest kernel package leaves out.
    private var extraModules: String? {
        if families.contains("ubuntu") { return "linux-modules-extra-\(kernelRelease)" }
        if isRedHat { return "kernel-modules-extra-\(kernelRelease)" }
        return distributionKernel
    }

    /// The package with a kernel that has everything.
    private var distributionKernel: String? {
        if families.contains("ubuntu") { return "the kernel of linux-image-generic" }
        if families.contains("debian") { return "the kernel of linux-image-amd64" }
        if isRedHat { return "the kernel of kernel-core with kernel-modules-extra" }
        return nil
    }

    private var isRedHat: Bool {
        families.contains { ["rhel", "fedora", "centos"].contains($0) }
    }
}

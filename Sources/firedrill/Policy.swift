import ArgumentParser
import FoundationEssentials
import Playbooks

/// The host's policy, as the command line finds it.
enum Policy {
    /// `/etc/firedrill/policy.yaml`, narrowed by the file that `FIREDRILL_POLICY` names.
    ///
    /// Ends with 2 when either is there and cannot be obeyed.
    static func loadOrExit() throws -> HostPolicy {
        let decoder = HostPolicyDecoder()
        do {
            let host = try decoder.decode(fileAt: HostPolicy.standardPath) ?? HostPolicy()
            let name = ProcessInfo.processInfo.environment["FIREDRILL_POLICY"] ?? ""
            guard !name.isEmpty else { return host }
            guard let other = try decoder.decode(fileAt: name) else {
                Console.error("\(name): FIREDRILL_POLICY names it, and there is no such file")
                throw ExitCode(2)
            }
            return host.narrowed(by: other)
        } catch let problems as PlaybookProblems {
            Console.error("\(problems)")
            throw ExitCode(2)
        }
    }
}

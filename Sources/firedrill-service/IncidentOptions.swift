import ArgumentParser
import FoundationEssentials
import Glibc
import Incidents
import Playbooks

/// Where destinations are written down, and where undelivered messages wait.
struct IncidentOptions: ParsableArguments {
    @Option(
        help: """
            The file of destinations and alerts (default: $FIREDRILL_INCIDENTS, or \
            /etc/firedrill/incidents.yaml).
            """,
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    /// The configuration; empty when nobody named a file and the usual one is not there.
    func load() throws -> IncidentConfiguration {
        let named = config ?? variable("FIREDRILL_INCIDENTS")
        let path = named ?? IncidentConfiguration.standardPath
        if let found = try IncidentConfigurationDecoder().decode(fileAt: path) { return found }
        guard let named else { return IncidentConfiguration() }
        throw ValidationError("there is no file \(named)")
    }

    /// The directory of alerts and messages: under $FIREDRILL_STATE, or the user's own state.
    var directory: String {
        if let state = variable("FIREDRILL_STATE") { return "\(state)/incidents" }
        if geteuid() == 0 { return "/var/lib/firedrill/incidents" }
        let home = variable("HOME") ?? "."
        return (variable("XDG_STATE_HOME") ?? "\(home)/.local/state") + "/firedrill/incidents"
    }

    var outbox: String { "\(directory)/outbox" }

    func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

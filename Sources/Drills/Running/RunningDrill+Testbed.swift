import Faults
import Glibc
import Kernel
import Playbooks
import Probes
import Records
import Systems
import Undo
import Workloads

extension RunningDrill {
    /// Looks both ways: whether the host is clean, and what the playbook may touch.
    func preflight() async throws -> DrillMachine.Event {
        environment = HostEnvironment.read(
            version: options.version, target: playbook.target.kind, host: host)
        if let environment { try writer.write(environment) }
        // Before the order is looked for: whoever gives one now finds this drill.
        do {
            try presence.enter()
        } catch {
            return .refused("\(error)")
        }
        let state = HostState(
            stateDirectory: options.stateDirectory, others: options.otherStateDirectories,
            haltOrders: options.haltOrders, register: options.register, drill: header.identifier)
        do {
            if state.decisions.allSatisfy(\.isAllowed) { try forgetEarlierDrills() }
        } catch {
            return .refused("\(error)")
        }
        let plan = try PlanBuilder(
            playbook: playbook, seed: options.seed, host: host, policy: options.policy,
            state: state
        ).build()
        self.plan = plan
        try writer.write(plan)
        let refused = plan.limits.filter { !$0.isAllowed }
        guard refused.isEmpty else {
            return .refused(refused.map { "\($0.rule): \($0.reason)" }.joined(separator: "; "))
        }
        isAdmitted = true
        return .succeeded
    }

    /// Forgets earlier drills that were killed and are undone.
    private func forgetEarlierDrills() throws {
        for drill in try Reversion(directory: options.stateDirectory).forgetSettled() {
            note(.note, "undo", "the earlier drill \(drill) died; everything of it was taken out")
        }
    }

    /// Starts the guardian and its standby, then everything else, so that nothing is ever without an undo record.
    func startTestbed() async throws {
        guard playbook.target.kind != "none" || !playbook.method.allSatisfy(\.isHarmless) else {
            return
        }
        // What is about to be touched, and why, must be known even if the host goes down with it.
        try writer.sync()
        let undo = try await UndoJournal.start(
            directory: options.stateDirectory, drill: header.identifier,
            guardianExecutable: options.guardian, evidence: writer.directory.path,
            redact: { [secrets = playbook.secrets] in secrets.redact($0) })
        self.undo = undo
        try presence.name(guardian: undo.guardian, standby: undo.standby)
        jobs.start { [interrupt] in
            guard await undo.guardianLeaves() else { return }
            interrupt(
                .broken(
                    "the guardian or its standby died or was told to end: nobody might be left to "
                        + "take the faults out"))
        }
        guard playbook.target.kind != "none" else { return }
        let (work, directory) = try await makeWorkDirectory(undo: undo)
        let system = try SystemCatalogue.make(playbook.target)
        let clock = self.clock
        let log = self.log
        let logs = try logs(in: work)
        testbed = try await system.start(
            in: TestbedEnvironment(
                workDirectory: directory, logs: logs, undo: undo,
                now: { clock.now() }, seed: options.seed, report: { log.record($0) },
                hasPrivateMounts: options.hasPrivateMounts))
    }

    private func makeWorkDirectory(
        undo: UndoJournal
    ) async throws -> (held: HeldDirectory, path: String) {
        let planned = writer.held.file("work")
        func record(_ path: String, _ reversal: Reversal) -> UndoRecord {
            UndoRecord(
                identifier: "work", summary: "remove the work directory \(path)",
                reversal: reversal)
        }
        // Before it is made nobody knows which one it will be, and an empty one is removed.
        _ = try await undo.push(
            record(planned, .removeDirectory(path: planned, device: 0, inode: 0)))
        let work: HeldDirectory
        let mark: DirectoryMark
        do {
            work = try writer.held.makeDirectory("work")
            mark = try DirectoryMark(of: work.descriptor, at: work.path)
        } catch {
            throw DrillError("create \(planned)", error)
        }
        guard let path = work.place else {
            throw DrillError("create \(planned)", reason: "somebody has removed it again")
        }
        try await undo.update(record(path, .removal(of: path, mark)))
        return (work, path)
    }

    /// Starts the load and the probes of the steady state.
    func startWorkload() async throws {
        startSteadyProbes()
        startSteadyWatch()
        guard !playbook.workload.isEmpty, let testbed else { return }
        let nodes = await testbed.nodes()
        let ordered = nodes.sorted { ($0.role == .primary ? 0 : 1) < ($1.role == .primary ? 0 : 1) }
        let client = try await testbed.makeClient()
        let clock = self.clock
        let workload = WorkloadRunner(
            workload: playbook.workload, client: client, nodes: ordered.map(\.name),
            run: header.identifier, seed: options.seed,
            now: { clock.now() }, recorder: operations)
        self.workload = workload
        self.client = client
        jobs.start { await workload.run() }
        startHostWatch()
        startAbortWatch()
    }

    /// Stops everything that was started, in the opposite order, and verifies that it is gone.
    func stopTestbed() async {
        probing.raise()
        workload?.stop()
        await client?.close()
        flush()
        if let testbed {
            let comparisons = await testbed.stop()
            teardown += comparisons
            for comparison in comparisons where !comparison.isSame {
                note(
                    .error, "testbed",
                    "\(comparison.what) was \(comparison.before), is \(comparison.after)")
            }
        }
        keepLogs()
        guard let undo else { return }
        // What is still on record, the work directory among it, is the guardian's last act.
        for undone in await undo.finish() where !undone.isClean {
            let reason = undone.failure ?? "it is not as it was before"
            note(.error, "undo", "could not \(undone.summary): \(reason)")
            leftovers.append("could not \(undone.summary): \(reason)")
        }
    }
}

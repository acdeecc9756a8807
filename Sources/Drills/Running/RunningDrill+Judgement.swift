import Checks
import Playbooks
import Records
import Systems
import Workloads

extension RunningDrill {
    /// Closes the ledger, lets every check judge, and makes the verdict.
    func judge(
        interruption: DrillMachine.Interruption?, failures: [String], abortLatency: Nanoseconds?
    ) -> Verdict {
        flush()
        closeLedger()
        var verdict: Verdict
        if case .refused(let reason) = interruption {
            verdict = refusal(reason)
        } else {
            verdict = builder(interruption, failures: failures, abortLatency: abortLatency).build()
        }
        let left =
            leftovers
            + teardown.filter { !$0.isSame }.map {
                "\($0.what) was \($0.before), is \($0.after)"
            }
        if !left.isEmpty {
            // Somebody has to act now: that outranks whatever else there is to say.
            verdict.outcome = .residual
            verdict.reason = "the drill left something behind: \(left.joined(separator: "; "))"
        }
        verdict = redacted(verdict)
        do {
            try writer.write(verdict)
            try writer.sync()
        } catch {
            return broken(verdict, by: "\(error)")
        }
        return verdict
    }

    /// The drill's evidence as it is in memory, for the reports.
    func evidence(_ verdict: Verdict?) -> Evidence {
        Evidence(
            header: header, playbookText: options.playbookText, plan: plan,
            environment: environment, events: log.events, operations: operations.operations,
            samples: log.samples, wire: testbed?.wire.observations ?? [],
            hostLoad: log.hostLoad, verdict: verdict)
    }

    private func closeLedger() {
        guard workload != nil else { return }
        let injected = faultRecords.compactMap(\.injectedAt)
        let ended = faultRecords.compactMap { $0.verifiedAt ?? $0.revertedAt ?? $0.injectedAt }
        ledger = Ledger.close(
            operations: operations.operations, deadLetters: deadLetters,
            firstFault: injected.min(), lastFault: ended.max(), isDrained: isDrained)
    }

    private func builder(
        _ interruption: DrillMachine.Interruption?, failures: [String], abortLatency: Nanoseconds?
    ) -> VerdictBuilder {
        var abortReason: String?
        var toolErrors = failures
        var precondition =
            playbook.steadyState.isEmpty
            ? Verdict.Precondition.held : steadyState.wasConfirmed ? .held : .unknown
        var sentence = steadyState.sentence
        switch interruption {
        case .aborted(let reason): abortReason = reason
        case .broken(let reason): toolErrors.insert(reason, at: 0)
        case .preconditionUnmet(let reason):
            precondition = .unmet
            sentence = reason
        case .refused, nil: break
        }
        if let failure = writer.failure { toolErrors.append("evidence is incomplete: \(failure)") }
        // After an early end the checks would judge half a drill.
        let checks = interruption == nil ? judgeChecks() : []
        return VerdictBuilder(
            playbook: playbook, precondition: precondition, preconditionSentence: sentence,
            faults: faultRecords, checks: checks, ledger: ledger, abortReason: abortReason,
            abortLatency: abortReason == nil ? nil : abortLatency,
            toolError: toolErrors.isEmpty ? nil : toolErrors.joined(separator: "; "),
            endedAt: clock.now())
    }

    /// What checks may look at, as far as it is known now.
    func judgedEvidence() -> JudgedEvidence {
        JudgedEvidence(
            playbook: playbook, evidence: evidence(nil), faults: faultRecords, ledger: ledger,
            redelivery: testbed?.redelivery)
    }

    private func judgeChecks() -> [CheckResult] {
        let judged = judgedEvidence()
        return playbook.expectations.map { expectation in
            do {
                return try CheckCatalogue.make(expectation, playbook: playbook).judge(judged)
            } catch {
                return CheckResult(
                    check: expectation.kind, status: .inconclusive, sentence: "\(error)",
                    line: expectation.line)
            }
        } + probeResults()
    }

    /// One-time probes of the method count as checks: they are questions that were asked once.
    private func probeResults() -> [CheckResult] {
        playbook.method.flatMap(\.singleProbes).map { step in
            let samples = log.samples.filter { $0.probe == step.name }
            let status: CheckResult.Status
            if samples.contains(where: { $0.result == .unhealthy }) {
                status = .broken
            } else if samples.isEmpty || samples.contains(where: { $0.result == .unknown }) {
                status = .inconclusive
            } else {
                status = .held
            }
            let answers = samples.map(\.answer).joined(separator: ", ")
            return CheckResult(
                check: "probe:\(step.name)", status: status,
                sentence: samples.isEmpty ? "the probe was not asked" : "answered \(answers)",
                line: step.line)
        }
    }

    private func refusal(_ reason: String) -> Verdict {
        Verdict(
            outcome: .invalid, reason: "refused before anything was touched: \(reason)",
            precondition: .unknown, preconditionSentence: "nothing was started", faults: [],
            checks: [], endedAt: clock.now())
    }

    private func broken(_ verdict: Verdict, by reason: String) -> Verdict {
        var verdict = verdict
        if VerdictBuilder.severity(verdict.outcome) < VerdictBuilder.severity(.error) {
            verdict.outcome = .error
            verdict.reason = reason
        }
        return verdict
    }
}

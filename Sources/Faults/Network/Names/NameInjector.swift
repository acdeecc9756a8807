import FaultProxy
import Glibc
import Kernel
import Playbooks
import Records
import Undo

/// Puts a name server of the drill's own before the host's, and asks both.
actor NameInjector: Injector {
    nonisolated let aim: FaultAim
    private let identifier: String
    private let duration: Duration
    private let names: [NamePattern]
    private let context: FaultContext
    private let trials: NameTrials

    private var judgement: NameJudgement
    private var files: [CoveredFile] = []
    private var server: NameServer?

    init(
        identifier: String, duration: Duration, names: [NamePattern], effect: NameServer.Effect,
        note: String, context: FaultContext
    ) {
        self.identifier = identifier
        self.duration = duration
        self.names = names
        self.context = context
        trials = NameTrials(now: context.now, sleep: context.sleep)
        judgement = NameJudgement(effect: effect)
        aim = FaultAim(
            backend: "resolver", backendNote: note,
            objects: names.map { .name($0.description) },
            requested: [
                Figure("answer", 0, .none, text: NameJudgement.words(effect)),
                Figure("duration", Double(duration.nanoseconds), .nanoseconds),
            ])
    }

    /// A name that nobody has (RFC 2606), and that the playbook does not mean.
    private var unchosen: String {
        let all = ["invalid", "test", "example"].map { "firedrill-beside.\($0)" }
        return all.first { name in !names.contains { $0.fits(name) } } ?? all[0]
    }

    private var patience: Duration { NameTrials.patience(judgement.effect) }

    func snapshot() async throws {
        guard let text = CoveredFile.text(of: ResolverFile.path) else {
            throw FaultError(
                attempted: "read", object: ResolverFile.path, reason: "it is missing or unreadable",
                remedy: "the host needs a resolv.conf for names to be looked up at all")
        }
        let resolver = ResolverFile(text: text)
        guard !resolver.servers.contains(where: { $0.hasPrefix("127.53.") }) else {
            throw FaultError(
                attempted: "stand in for the name servers", object: ResolverFile.path,
                reason: "another network.dns of this drill is in",
                remedy: "let one follow the other, or name all names in one of them")
        }
        guard !resolver.asksByStream else {
            throw FaultError(
                attempted: "stand in for the name servers", object: ResolverFile.path,
                reason:
                    "its option use-vc asks over TCP, and the drill's name server has UDP alone",
                remedy: "take the option out")
        }
        let hosts = HostsFile(text: CoveredFile.text(of: HostsFile.path) ?? "")
        let searched = names.flatMap { $0.searched(in: resolver.searchDomains) }
        let server = try await start(
            NameServer.Rules(
                names: searched, effect: judgement.effect, known: hosts.addresses(of: searched)),
            upstream: resolver.servers)
        self.server = server
        files = [
            CoveredFile(
                path: ResolverFile.path, prior: text,
                ours: resolver.replacing(server: server.address).text)
        ]
        let rest = hosts.without(searched)
        if rest != hosts {
            files.append(
                CoveredFile(path: HostsFile.path, prior: hosts.text, ours: rest.text))
        }
        judgement.besideBefore.append(await ask(server, unchosen))
        judgement.before.append(await ask(server, names[0].example))
        judgement.lookupBefore = await trials.lookUp(names[0].example, within: .seconds(2))
        guard !Task.isCancelled else {
            await server.stop()
            throw CancellationError()
        }
    }

    /// At the first address of loopback whose port for names is free: the host may use others.
    private func start(_ rules: NameServer.Rules, upstream: [String]) async throws -> NameServer {
        var failure: (any Error)?
        for number in 1...32 {
            do {
                return try await NameServer.start(
                    address: "127.53.\(getpid() & 0xff).\(number)", rules: rules,
                    upstream: upstream.map { (address: $0, port: 53) })
            } catch {
                failure = error
            }
        }
        throw FaultError(
            attempted: "start a name server", object: "127.53.0.0/16, port 53",
            reason: failure.map { "\($0)" } ?? "no address is free")
    }

    func undoRecords() -> [UndoRecord] {
        [
            UndoRecord(
                identifier: identifier,
                summary: files.map(\.path).joined(separator: ", ") + " in the drill's mounts",
                reversal: .kernel(
                    lifetime: "the mounts end with the drill's mount namespace, and its name server"
                        + " with its process",
                    witnesses: .endOfOwnMounts + .endOfThisProcess))
        ]
    }

    func inject() async throws {
        for index in files.indices { try files[index].cover() }
        server?.turnOn()
    }

    func readBack() throws {
        for file in files { try file.readBack() }
    }

    func hold() async {
        guard let server else { return }
        let end = context.now() + Nanoseconds(duration)
        let questions = server.questions
        async let lookup = trials.lookUp(names[0].example, within: duration)
        judgement.hasArrived = await context.wait(atMost: min(duration, .seconds(3))) {
            server.questions > questions
        }
        while !Task.isCancelled, (end - context.now()).duration > patience {
            let answer = await ask(server, names[0].example)
            guard !Task.isCancelled else { break }
            judgement.during.append(answer)
            if judgement.beside.count < NameJudgement.neededTries {
                judgement.beside.append(await ask(server, unchosen))
            }
            try? await context.sleep(.milliseconds(100))
        }
        let left = (end - context.now()).duration
        if left > .zero { try? await context.sleep(left) }
        judgement.lookupDuring = await lookup
    }

    private func ask(_ server: NameServer, _ name: String) async -> NameTry {
        await trials.ask(server, for: name, patience: patience)
    }

    func proof() -> EffectProof { judgement.proof }

    func revert() throws {
        server?.turnOff()
        // A resolver that has begun to ask goes on at the same address, five seconds a try.
        server?.stop(after: .seconds(6))
        server = nil
        for index in files.indices.reversed() { try files[index].uncover() }
    }

    func verify(isBrief: Bool) async -> UndoProof {
        let comparisons = files.map { file in
            let text = CoveredFile.text(of: file.path)
            return Comparison(
                what: "\(file.path) in the drill's mount namespace", before: "the host's",
                after: text == file.prior
                    ? "the host's" : text == file.ours ? "the drill's" : "changed by the host",
                isSame: text != file.ours)
        }
        if !isBrief {
            judgement.lookupAfter = await trials.lookUp(names[0].example, within: .seconds(2))
        }
        let isClean = comparisons.allSatisfy(\.isSame)
        return UndoProof(isClean ? .clean : .residual, by: .drill, comparisons: comparisons)
    }
}

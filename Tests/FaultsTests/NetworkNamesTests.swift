import FaultProxy
import Playbooks
import Records
import Testing

@testable import Faults

@Suite("network.dns", .timeLimit(.minutes(1)))
struct NetworkNamesTests {
    private func make(_ arguments: [String: ArgumentValue], for seconds: Int = 5) throws
        -> any Fault
    {
        try FaultCatalogue.make(
            step: FaultStep(
                kind: "network.dns", arguments: Arguments(arguments), duration: .seconds(seconds),
                line: 4), identifier: "f1", limits: Limits())
    }

    private static let wrong: [([String: ArgumentValue], Int, String)] = [
        (["names": .list([]), "answer": .string("nxdomain")], 5, "no names"),
        (
            ["names": .list([.string("a b")]), "answer": .string("nxdomain")], 5,
            "no name of a host"
        ),
        (["names": .list([.string("a")])], 5, "neither an answer nor a delay"),
        (
            [
                "names": .list([.string("a")]), "answer": .string("refused"),
                "delay": .duration(.seconds(1)),
            ], 5, "or both"
        ),
        (
            ["names": .list([.string("a")]), "delay": .duration(.seconds(31))], 5,
            "not from 20 ms to 30 s"
        ),
        (["names": .list([.string("a")]), "delay": .duration(.seconds(9))], 5, "long enough"),
    ]

    @Test("refuses what it could not do, with the way to put it right", arguments: wrong)
    func refused(arguments: [String: ArgumentValue], seconds: Int, reason: String) {
        let error = #expect(throws: FaultError.self) { try make(arguments, for: seconds) }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
        #expect(error?.remedy.isEmpty == false)
    }

    @Test("is planned with its names, and with what it takes")
    func plan() throws {
        let fault = try make([
            "names": .list([.string("DB.internal"), .string("*.b")]),
            "answer": .string("servfail"),
        ])
        let able = fault.plan(system: nil, host: .fake(administration: true))
        #expect(able.summary.contains("SERVFAIL for 5 s"))
        #expect(able.objects.first == "name db.internal, as the testbed looks it up")
        #expect(able.objects.count == 2)
    }

    @Test("keeps what a resolv.conf says beside its servers")
    func file() {
        let file = ResolverFile(
            text: "# ours\nnameserver 10.0.0.1\nsearch a b\nnameserver\t::1\noptions edns0")
        #expect(file.servers == ["10.0.0.1", "::1"])
        let other = file.replacing(server: "127.0.0.9")
        #expect(other.text == "nameserver 127.0.0.9\n# ours\nsearch a b\noptions edns0\n")
        #expect(other.servers == ["127.0.0.9"])
    }

    @Test("finds the domains in which names are looked for, the last line of them")
    func searched() throws {
        let file = ResolverFile(text: "domain a\nsearch b\tc\noptions ndots:1 use-vc\n")
        #expect(file.searchDomains == ["b", "c"])
        #expect(file.asksByStream)
        #expect(ResolverFile(text: "# options use-vc\n").searchDomains.isEmpty)
        let names = try #require(NamePattern("db")).searched(in: file.searchDomains)
        #expect(names.map(\.description) == ["db", "db.b", "db.c"])
        #expect(try #require(NamePattern("db.x")).searched(in: ["b"]).count == 1)
        #expect(try #require(NamePattern("*.x")).searched(in: ["b"]).count == 1)
    }

    @Test("takes its names out of what a hosts file says, and leaves the other lines as they are")
    func hosts() throws {
        let file = HostsFile(
            text: """
                # localhost here
                127.0.0.1 localhost
                ::1\tlocalhost ip6-localhost # both
                10.0.0.7  DB.internal db   other

                10.0.0.8 db.internal
                """)
        let names = try ["localhost", "*.internal", "db"].map { try #require(NamePattern($0)) }
        #expect(
            file.addresses(of: names) == [
                "localhost": ["127.0.0.1", "::1"], "db": ["10.0.0.7"],
                "db.internal": ["10.0.0.7", "10.0.0.8"],
            ])
        #expect(
            file.without(names).text == "# localhost here\n::1 ip6-localhost\n10.0.0.7 other\n")
        let spared = file.without([try #require(NamePattern("nobody"))])
        #expect(spared.text.contains("10.0.0.7  DB.internal db   other\n"))
    }

    private func injection(
        _ effect: NameServer.Effect, during: [NameTry], besideBefore: [NameTry] = [],
        beside: [NameTry] = [], lookup: NameLookup? = nil, hasArrived: Bool = true
    ) -> FaultRecord.Injection {
        var judgement = NameJudgement(effect: effect)
        judgement.before = [NameTry(code: 0, time: .milliseconds(1))]
        judgement.during = during
        judgement.besideBefore = besideBefore
        judgement.beside = beside
        judgement.lookupDuring = lookup
        judgement.hasArrived = hasArrived
        return judgement.proof.injection
    }

    private let ok = NameTry(code: 0, time: .milliseconds(1))
    private let gone = NameTry(code: 3, time: .milliseconds(1))
    private let silent = NameTry(code: nil, time: .milliseconds(500))
    private let late = NameTry(code: 0, time: .milliseconds(2001))

    @Test("is held against the answers that came")
    func judgement() {
        let three = Array(repeating: gone, count: 3)
        let answer = NameServer.Effect.answer(.noSuchName)
        #expect(injection(answer, during: three, besideBefore: [ok], beside: [ok]) == .confirmed)
        #expect(injection(answer, during: [gone, gone]) == .unproven)
        #expect(injection(answer, during: three + [ok]) == .mismatch)
        #expect(injection(.answer(.serverFailure), during: three) == .mismatch)
        #expect(injection(.silence, during: [silent, silent, silent]) == .confirmed)
        #expect(injection(.delay(.seconds(2)), during: [late, late, late]) == .confirmed)
        #expect(injection(.delay(.seconds(2)), during: [late, late, ok]) == .mismatch)
        // It was answered before: silence is no delay.
        let never = NameTry(code: nil, time: .seconds(3))
        #expect(injection(.delay(.seconds(2)), during: [late, late, never]) == .mismatch)
    }

    @Test("is held against a name that was not chosen, unless that was never answered")
    func beside() {
        let three = Array(repeating: gone, count: 3)
        let answer = NameServer.Effect.answer(.noSuchName)
        #expect(injection(answer, during: three, besideBefore: [ok], beside: [gone]) == .mismatch)
        #expect(
            injection(answer, during: three, besideBefore: [silent], beside: [silent])
                == .confirmed)
    }

    @Test("is held against a lookup as programs do it")
    func lookup() {
        let three = Array(repeating: gone, count: 3)
        let answer = NameServer.Effect.answer(.noSuchName)
        let found = NameLookup(addresses: ["10.0.0.7"], hasEnded: true, time: .milliseconds(1))
        let failed = NameLookup(addresses: [], hasEnded: true, time: .milliseconds(1))
        let open = NameLookup(addresses: [], hasEnded: false, time: .seconds(5))
        #expect(injection(answer, during: three, lookup: failed) == .confirmed)
        #expect(injection(answer, during: three, lookup: found) == .mismatch)
        #expect(injection(answer, during: three, lookup: failed, hasArrived: false) == .mismatch)
        #expect(injection(.silence, during: [silent, silent, silent], lookup: open) == .confirmed)
        let delay = NameServer.Effect.delay(.seconds(2))
        #expect(injection(delay, during: [late, late, late], lookup: found) == .mismatch)
        #expect(injection(delay, during: [late, late, late], lookup: open) == .confirmed)
    }
}

import Testing

@testable import Playbooks

@Suite("Hostile documents")
struct HostileDocumentTests {
    @Test(
        "an empty document is said to be empty",
        arguments: ["", "\n\n", "# words\n", "---\n", "null\n", "~", "--- \n...\n", "\u{FEFF}"])
    func empty(_ text: String) {
        #expect(Sample.problems(in: text) == ["x.yaml: the playbook is empty"])
    }

    @Test("a document over the limit is refused by its size, however many bytes it has")
    func size() {
        let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 10_000_000)
        #expect(
            Sample.problems(in: bytes) == ["x.yaml: the playbook has 10 MB; at most 4 MiB are read"]
        )
    }

    @Test("a document of very many small values is refused before it is parsed")
    func manyValues() {
        let text = "a: [" + String(repeating: "x,", count: 1_000_000) + "]\n"
        #expect(Sample.problems(in: text).first?.contains("too many parts") == true)
    }

    @Test("one value of several megabytes is read")
    func longValue() throws {
        let words = String(repeating: "word ", count: 600_000)
        let playbook = try Sample.decoder.decode("playbook: x\nhypothesis: \(words)\n")
        #expect(playbook.hypothesis.utf8.count == 2_999_999)
    }

    @Test("ten thousand steps work, and one more is an error")
    func steps() throws {
        let steps = String(
            repeating: "  - { fault: process.kill, on: { role: primary } }\n", count: 10_000)
        let playbook = try Sample.decoder.decode(Sample.full("method:\n" + steps))
        #expect(playbook.method.count == 10_000)
        guard case .fault(let last) = playbook.method.last else {
            Issue.record("no fault")
            return
        }
        #expect(last.name == "process.kill 10000")
        let problems = Sample.problems(in: Sample.full("method:\n" + steps + "  - wait: 1 s\n"))
        #expect(problems == ["x.yaml:10006:5: the method has more than 10000 steps"])
    }

    @Test(
        "deep nesting is an error and never exhausts the stack",
        arguments: [
            String(repeating: "[", count: 65) + String(repeating: "]", count: 65),
            String(repeating: "[", count: 900) + String(repeating: "]", count: 900),
            String(repeating: "[", count: 100_000),
            String(repeating: "{a: ", count: 900) + String(repeating: "}", count: 900),
            String(repeating: "{a: ", count: 100_000),
            String(repeating: "- ", count: 900) + "x",
            String(repeating: "- ", count: 100_000) + "x",
            String(repeating: "? ", count: 100_000) + "x",
            (0..<300).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
        ])
    func depth(_ text: String) {
        let problems = Sample.problems(in: text)
        #expect(problems.count == 1)
        #expect(
            problems.first?.contains("nested more than 64 levels deep") == true
                || problems.first?.contains("a key must be a word") == true
                || problems.first?.contains("not valid YAML") == true, "\(problems)")
    }

    @Test("parallel steps may nest as deep as the document may")
    func deepParallel() throws {
        let text = Sample.small(
            "method: [" + String(repeating: "{ parallel: [", count: 20) + "{ wait: 1 s }"
                + String(repeating: "] }", count: 20) + "]\n")
        #expect(try Sample.decoder.decode(text).method.count == 1)
    }

    @Test("a bomb of aliases is refused before it can expand")
    func aliasBomb() {
        var text = "a: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            text += "k\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
        }
        #expect(Sample.problems(in: text).first?.contains("too many aliases") == true)
    }

    @Test("a bomb of aliases that is used as a key is refused as well")
    func keyBomb() {
        var text = "a: &a0 [x, x]\n"
        for level in 1...7 {
            text += "k\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
        }
        text += "? *a7\n: x\n"
        #expect(Sample.problems(in: text).first?.contains("a key must be a word") == true)
    }

    @Test("aliases in a large document are refused")
    func largeAliases() {
        let text =
            "a: &a x\nb: *a\nc: |\n" + String(repeating: "  some words on a line\n", count: 4000)
        #expect(Sample.problems(in: text).first?.contains("too many aliases") == true)
    }

    @Test("words between asterisks are no aliases")
    func asterisks() {
        let text = Sample.small(
            "title: |\n" + String(repeating: "  2*3 a.*b */5 x* *\n", count: 99))
        #expect(Sample.problems(in: text).isEmpty)
    }

    @Test(
        "what YAML allows and playbooks do not is named",
        arguments: [
            ("a: !!python/object x\n", "1:4: tags are not read: remove 'tag:yaml.org,2002:python"),
            ("a: !!int 5\n", "tags are not read"),
            ("a: !x [b]\n", "tags are not read"),
            ("a: !x { b: c }\n", "tags are not read"),
            ("a: b\n---\nc: d\n", "2:1: a playbook is one document, and a second begins here"),
            ("? [a]\n: b\n", "a key must be a word"),
            ("a: &x { b: c }\nd: { <<: *x }\n", "merge keys"),
            ("a: *nothing\n", "1:4: not valid YAML: found undefined alias"),
            ("a: b: c\n", "1:5: not valid YAML: mapping values are not allowed"),
            ("a:\n\tb: c\n", "2:1: a tab cannot indent YAML"),
            ("a: 'open\n", "not valid YAML"),
            ("a: [b\n", "not valid YAML"),
            ("a: \"\\ud800\"\n", "not valid YAML"),
            ("%YAML 9.9\n---\na: b\n", "not valid YAML"),
            ("a: b\nc: \u{0}\n", "2:4: the control character U+0000 is not allowed"),
            ("a: \u{1B}[31m\n", "1:4: the control character U+001B is not allowed"),
            ("a: \u{7F}\n", "U+007F"),
            ("a: \u{FFFE}\n", "not valid YAML"),
        ])
    func refused(_ text: String, _ said: String) {
        let problems = Sample.problems(in: text)
        #expect(problems.count == 1)
        #expect(problems.first?.contains(said) == true, "\(problems)")
    }

    @Test("text that is not UTF-8 is refused at its place")
    func encoding() {
        let latin = Array("a: b\nc: gr".utf8) + [0xFC, 0x6E, 0x0A]
        #expect(Sample.problems(in: latin) == ["x.yaml:2:6: the playbook is not UTF-8 text"])
        let wide: [UInt8] = [0xFF, 0xFE, 0x61, 0x00]
        #expect(Sample.problems(in: wide) == ["x.yaml:1:1: the playbook is not UTF-8 text"])
        let surrogate = Array("a: ".utf8) + [0xED, 0xA0, 0x80]
        #expect(Sample.problems(in: surrogate).count == 1)
    }

    @Test("random bytes and broken playbooks never crash the decoder")
    func noise() {
        var state: UInt64 = 0x5EED
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        let original = Array(Sample.primaryKill.utf8)
        let spice = Array("{}[]:,-?&*!|>'\"%@`#~ \n\t\u{0}\u{FF}".utf8)
        for _ in 0..<1000 {
            var bytes = original
            for _ in 0...(next() % 8) {
                let index = Int(next() % UInt64(bytes.count))
                switch next() % 3 {
                case 0: bytes[index] = spice[Int(next() % UInt64(spice.count))]
                case 1: bytes.remove(at: index)
                default: bytes.insert(spice[Int(next() % UInt64(spice.count))], at: index)
                }
            }
            // A change in a comment or a word may leave the playbook whole; a problem has a place.
            for problem in Sample.problems(in: bytes) { #expect(problem.hasPrefix("x.yaml:")) }
        }
    }
}

@Suite("A parser that is asked on")
struct ParserEndTests {
    @Test(
        "gives the end of the stream again, also after an error", arguments: ["a: 1\n", "a: [1\n"])
    func end(text: String) {
        let parser = YAMLParser(Array(text.utf8))
        var ends = 0
        for _ in 0..<50 where ends < 2 {
            if case .streamEnd? = (try? parser.next())?.content { ends += 1 }
        }
        #expect(ends == 2)
    }
}

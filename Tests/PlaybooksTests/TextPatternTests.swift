import Testing

@testable import Playbooks

@Suite("Regular expressions that cannot keep anybody busy", .timeLimit(.minutes(1)))
struct TextPatternTests {
    private static let texts = [
        "", "a", "ab", "abc", "aaa", "/bin/sleep 600", "java -jar kafka.jar", "sshd: ann@pts/0",
        "redis-server *:6379", "x]y", "a{2}", "A_b 1\n2", "ü 9",
    ]

    @Test(
        "find what Swift's own find",
        arguments: [
            "", "a", "^a$", "ab|c", "(a|b)+c", "(?:a|ab)(c|bcd)?$", "^/bin/sleep 600$", "\\d{3}",
            "k.*a\\.jar", "\\bpts\\b", "[^a-z]", "a{2}", "a{2,}", "a{,2}b", "\\w+@\\w+",
            "redis-server \\*:\\d+$", "(a*)*b", "(a?){3}a{3}", "a\\{2\\}", "^.*$", "\\Bb",
            "[\\d_]", "\\s\\S", "x*", "()", "(|a)b", "[a\\-z]", "a.b|^$", "a{x}", "(a+?b)??c", "ü",
            "(?i)JAVA", "\\D\\W",
        ])
    func same(pattern: String) throws {
        let mine = try TextPattern(pattern)
        let swift = try Regex(pattern)
        for text in Self.texts {
            #expect(mine.isFound(in: text) == text.contains(swift), "in '\(text)'")
        }
    }

    @Test(
        "are refused when they are none, too large, or would have to be tried again and again",
        arguments: [
            ("(", "has no ')'"), (")", "has no '('"), ("[a", "has no ']'"), ("a**", "repeated"),
            ("a++", "takes all"), ("(?=a)", "only '(?:'"), ("(?<a>b)", "only '(?:'"),
            ("(a)\\1", "'\\1' is not known"), ("a{5,2}", "no count"), ("a{501}", "no count"),
            ("\\", "at the end"), ("*a", "repeats nothing"), ("[z-a]", "before it begins"),
            ("[a[b]]", "sets in sets"), ("((a{9}){9}){9}", "more than 500 steps"),
            ("((((){500}){500}){500}){500}", "more than 500 steps"),
            (String(repeating: "(", count: 60), "too deep"),
            (String(repeating: "a", count: 1001), "more than 1000 characters"),
        ])
    func refused(pattern: String, reason: String) {
        let problem = #expect(throws: TextPattern.Problem.self) { try TextPattern(pattern) }
        #expect(problem?.description.contains(reason) == true, "\(String(describing: problem))")
    }

    @Test(
        "that take for ever where each way is tried are answered",
        arguments: [
            ("(a+)+$x", 60), ("(.*a){20}b", 60), ("(a|a)*b", 60), ("(.*.*.*.*)*=", 2000),
            ("(a?){100}a{100}b", 500),
        ])
    func hostile(pattern: String, length: Int) throws {
        let text = String(repeating: "a", count: length)
        #expect(try TextPattern(pattern).isFound(in: text) == false)
    }

    @Test("are looked for in the first part of a long text, and beyond it nobody can tell")
    func long() throws {
        let text = String(repeating: "a", count: TextPattern.longestText)
        #expect(try TextPattern("a$").isFound(in: text) == true)
        #expect(try TextPattern("b").isFound(in: text) == false)
        #expect(try TextPattern("b").isFound(in: text + "b") == nil)
        #expect(try TextPattern("a$").isFound(in: text + "b") == nil)
        #expect(try TextPattern("^a").isFound(in: text + "b") == true)
    }
}

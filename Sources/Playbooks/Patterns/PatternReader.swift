/// Reads the text of a regular expression.
struct PatternReader {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0
    private(set) var ignoresCase = false

    /// How deep groups may lie in each other.
    private static let deepest = 50

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func read() throws(TextPattern.Problem) -> PatternNode {
        guard scalars.count <= TextPattern.longestPattern else {
            throw problem("it has more than \(TextPattern.longestPattern) characters")
        }
        ignoresCase = skip("(?i)")
        let node = try choice()
        guard index == scalars.count else { throw problem("a ')' has no '('") }
        return node
    }

    private mutating func choice() throws(TextPattern.Problem) -> PatternNode {
        var choices = [try sequence()]
        while skip("|") { choices.append(try sequence()) }
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private mutating func sequence() throws(TextPattern.Problem) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            nodes.append(try repeated(try atom()))
        }
        return nodes.isEmpty ? .nothing : .sequence(nodes)
    }

    private mutating func atom() throws(TextPattern.Problem) -> PatternNode {
        let scalar = scalars[index]
        index += 1
        switch scalar {
        case ".": return .scalars(.anyButNewline)
        case "^": return .place(.start)
        case "$": return .place(.end)
        case "(": return try group()
        case "[": return .scalars(try set())
        case "\\": return try escape()
        case "*", "+", "?": throw problem("'\(scalar)' repeats nothing")
        default: return .scalars(.one(scalar))
        }
    }

    private mutating func group() throws(TextPattern.Problem) -> PatternNode {
        if !skip("?:"), peek == "?" {
            throw problem(
                "of groups with '(?' only '(?:' is known, and '(?i)' at the very beginning")
        }
        guard depth < Self.deepest else { throw problem("its groups lie too deep in each other") }
        depth += 1
        let node = try choice()
        depth -= 1
        guard skip(")") else { throw problem("a '(' has no ')'") }
        return node
    }

    /// What repetitions behind an atom make of it.
    private mutating func repeated(_ atom: PatternNode) throws(TextPattern.Problem) -> PatternNode {
        let node: PatternNode
        if skip("*") {
            node = .repetition(atom, least: 0, most: nil)
        } else if skip("+") {
            node = .repetition(atom, least: 1, most: nil)
        } else if skip("?") {
            node = .repetition(atom, least: 0, most: 1)
        } else if let counts = try counts() {
            node = .repetition(atom, least: counts.least, most: counts.most)
        } else {
            return atom
        }
        // Whether it takes much or little first makes no difference to whether it is found.
        if skip("?") { return node }
        if let next = peek, "*+".unicodeScalars.contains(next) {
            throw problem("a repetition is repeated, or takes all for itself: '\(next)'")
        }
        return node
    }

    /// `{2}`, `{2,}`, `{,5}` or `{2,5}`; nil, and nothing read, for any other `{`.
    private mutating func counts() throws(TextPattern.Problem) -> (least: Int, most: Int?)? {
        guard peek == "{", let end = scalars[index...].firstIndex(of: "}") else { return nil }
        let text = String(String.UnicodeScalarView(scalars[(index + 1)..<end]))
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.contains(where: { !$0.isEmpty }),
            parts.allSatisfy({ part in
                part.utf8.count <= 4
                    && part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            })
        else { return nil }
        index = end + 1
        let least = Int(parts[0]) ?? 0
        let most = parts.count == 1 ? least : Int(parts[1])
        guard least <= TextPattern.mostSteps, most ?? 0 <= TextPattern.mostSteps,
            most.map({ least <= $0 }) ?? true
        else {
            throw problem("'{\(text)}' is no count up to \(TextPattern.mostSteps)")
        }
        return (least, most)
    }

    private mutating func escape() throws(TextPattern.Problem) -> PatternNode {
        guard let scalar = peek else { throw problem("a '\\' stands at the end") }
        let place: PatternPlace? =
            switch scalar {
            case "b": .wordEdge
            case "B": .noWordEdge
            case "A": .start
            case "z": .end
            default: nil
            }
        if let place {
            index += 1
            return .place(place)
        }
        return .scalars(ScalarSet(parts: [try escaped()]))
    }

    /// What stands behind a `\`, where it means scalars.
    private mutating func escaped() throws(TextPattern.Problem) -> ScalarSet.Part {
        guard let scalar = peek else { throw problem("a '\\' stands at the end") }
        index += 1
        switch scalar {
        case "d": return .digit
        case "D": return .noDigit
        case "w": return .word
        case "W": return .noWord
        case "s": return .space
        case "S": return .noSpace
        case "n": return .range("\n"..."\n")
        case "t": return .range("\t"..."\t")
        case "r": return .range("\r"..."\r")
        default:
            // What means nothing today may mean something in other expressions.
            guard !ScalarSet.isWord(scalar) || scalar == "_" else {
                throw problem("'\\\(scalar)' is not known")
            }
            return .range(scalar...scalar)
        }
    }

    private mutating func set() throws(TextPattern.Problem) -> ScalarSet {
        var set = ScalarSet()
        set.isInverted = skip("^")
        var isFirst = true
        while let scalar = peek, scalar != "]" || isFirst {
            isFirst = false
            if scalar == "[" || ["&&", "--", "~~"].contains(where: isNext) {
                throw problem("sets in sets are not known: write '\\\(scalar)'")
            }
            let first = try member()
            guard peek == "-", index + 1 < scalars.count, scalars[index + 1] != "]",
                case .range(let low) = first
            else {
                set.parts.append(first)
                continue
            }
            index += 1
            guard case .range(let high) = try member(), low.lowerBound <= high.lowerBound else {
                throw problem("a range in '[]' ends before it begins")
            }
            set.parts.append(.range(low.lowerBound...high.lowerBound))
        }
        guard skip("]") else { throw problem("a '[' has no ']'") }
        return set
    }

    private mutating func member() throws(TextPattern.Problem) -> ScalarSet.Part {
        if skip("\\") { return try escaped() }
        guard let scalar = peek else { throw problem("a '[' has no ']'") }
        index += 1
        return .range(scalar...scalar)
    }

    private var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private func isNext(_ text: String) -> Bool {
        scalars[index...].starts(with: text.unicodeScalars)
    }

    private mutating func skip(_ text: String) -> Bool {
        guard isNext(text) else { return false }
        index += text.unicodeScalars.count
        return true
    }

    private func problem(_ text: String) -> TextPattern.Problem {
        TextPattern.Problem(description: text)
    }
}

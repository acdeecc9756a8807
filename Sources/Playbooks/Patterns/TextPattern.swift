/// A regular expression that is looked for in time proportional to the text, whatever it says.
///
/// All ways through the expression are followed at once, so that none has to be tried again: one that
/// a stranger wrote cannot keep a drill busy. What only trying again could find, look-around and
/// references to groups, is refused.
public struct TextPattern: Sendable {
    /// Why a text is no such expression.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    /// The longest expression, in scalars.
    public static let longestPattern = 1000
    /// How much of a text is looked at, in scalars.
    public static let longestText = 16_384
    /// The most steps an expression may come to, repetitions written out.
    static let mostSteps = 500

    let steps: [PatternStep]
    private let ignoresCase: Bool

    /// Reads an expression; throws with what is wrong with it.
    public init(_ text: String) throws(Problem) {
        var reader = PatternReader(text)
        let node = try reader.read()
        var program = PatternProgram()
        try program.add(node)
        steps = program.steps + [.found]
        ignoresCase = reader.ignoresCase
    }

    /// Whether some part of the text fits; nil when none of what is looked at does, and there is more.
    public func isFound(in text: String) -> Bool? {
        let scalars = text.unicodeScalars
        var ways = PatternWays(count: steps.count)
        var previous: Unicode.Scalar?
        var seen = 0
        var next = scalars.makeIterator()
        var scalar = next.next()
        while true {
            ways.begin()
            // A part that fits may begin anywhere.
            if follow(&ways, from: previous, to: scalar) { return true }
            guard let current = scalar else { return false }
            guard seen < Self.longestText else { return nil }
            seen += 1
            for index in ways.waiting where takes(steps[index], current) { ways.reach(index + 1) }
            previous = current
            scalar = next.next()
        }
    }

    /// Follows every way up to where it waits for a scalar; true when one has come to the end.
    private func follow(
        _ ways: inout PatternWays, from previous: Unicode.Scalar?, to next: Unicode.Scalar?
    ) -> Bool {
        while let index = ways.next() {
            switch steps[index] {
            case .found: return true
            case .take: ways.wait(index)
            case .jump(let target): ways.enter(target)
            case .fork(let first, let second):
                ways.enter(first)
                ways.enter(second)
            case .stand(let place):
                if place.holds(between: previous, and: next) { ways.enter(index + 1) }
            }
        }
        return false
    }

    private func takes(_ step: PatternStep, _ scalar: Unicode.Scalar) -> Bool {
        guard case .take(let set) = step else { return false }
        if set.contains(scalar) { return true }
        guard ignoresCase else { return false }
        return [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping].contains {
            let mapped = $0.unicodeScalars
            return mapped.count == 1 && mapped.first.map(set.contains) == true
        }
    }
}

/// One step of an expression's program.
enum PatternStep: Sendable {
    case take(ScalarSet)
    case stand(PatternPlace)
    case jump(Int)
    case fork(Int, Int)
    case found
}

/// A place in a text that an expression can name.
enum PatternPlace: Sendable {
    case start, end, wordEdge, noWordEdge

    func holds(between previous: Unicode.Scalar?, and next: Unicode.Scalar?) -> Bool {
        let isEdge = previous.map(ScalarSet.isWord) ?? false != next.map(ScalarSet.isWord) ?? false
        return switch self {
        case .start: previous == nil
        case .end: next == nil
        case .wordEdge: isEdge
        case .noWordEdge: !isEdge
        }
    }
}

/// Some scalars, as an expression names them.
struct ScalarSet: Sendable {
    enum Part: Sendable {
        case range(ClosedRange<Unicode.Scalar>)
        case digit, word, space
        case noDigit, noWord, noSpace
    }

    var parts: [Part] = []
    var isInverted = false

    /// What `.` stands for.
    static let anyButNewline = ScalarSet(parts: [.range("\n"..."\n")], isInverted: true)

    static func one(_ scalar: Unicode.Scalar) -> ScalarSet {
        ScalarSet(parts: [.range(scalar...scalar)])
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        parts.contains { part in
            switch part {
            case .range(let range): range.contains(scalar)
            case .digit: Self.isDigit(scalar)
            case .word: Self.isWord(scalar)
            case .space: scalar.properties.isWhitespace
            case .noDigit: !Self.isDigit(scalar)
            case .noWord: !Self.isWord(scalar)
            case .noSpace: !scalar.properties.isWhitespace
            }
        } != isInverted
    }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.numericType == .decimal
    }

    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic || isDigit(scalar)
    }
}

/// The ways through an expression that are open at one place of a text, each of them once.
private struct PatternWays {
    private var isKnown: [Bool]
    private var known: [Int] = []
    private var open: [Int] = []
    /// Reached by the scalar that was taken last.
    private var reached: [Int] = []
    private(set) var waiting: [Int] = []

    init(count: Int) { isKnown = Array(repeating: false, count: count) }

    mutating func begin() {
        for index in known { isKnown[index] = false }
        known.removeAll(keepingCapacity: true)
        open.removeAll(keepingCapacity: true)
        waiting.removeAll(keepingCapacity: true)
        for index in reached { enter(index) }
        reached.removeAll(keepingCapacity: true)
        enter(0)
    }

    mutating func enter(_ index: Int) {
        guard !isKnown[index] else { return }
        isKnown[index] = true
        known.append(index)
        open.append(index)
    }

    mutating func next() -> Int? { open.popLast() }
    mutating func wait(_ index: Int) { waiting.append(index) }
    mutating func reach(_ index: Int) { reached.append(index) }
}

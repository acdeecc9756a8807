/// How netem decides which packets are lost (tc-netem(8), `loss`).
public enum NetemLoss: Sendable, Hashable {
    /// Each packet by itself, with this share of all, 0...1.
    case random(Double)
    case gilbertElliott(GilbertElliott)
    case fourState(FourState)

    /// Nothing is lost.
    public static let none = NetemLoss.random(0)

    /// Loses `rate` of all packets in bursts of `burst` packets on average.
    ///
    /// A Gilbert-Elliott model that loses everything in its bad state: it leaves that state with
    /// r = 1 / burst, and enters it with p = rate · r / (1 − rate). Nil where there is no such model:
    /// when p is over 1, that is when the rate is over burst / (burst + 1), or a burst is under 1.
    public static func bursts(rate: Double, burst: Double) -> NetemLoss? {
        guard (0..<1).contains(rate), burst >= 1, burst.isFinite else { return nil }
        let leaving = 1 / burst
        let entering = rate * leaving / (1 - rate)
        guard entering <= 1 else { return nil }
        return .gilbertElliott(GilbertElliott(entering: entering, leaving: leaving))
    }

    /// A good and a bad state, decided anew for each packet; each a share, 0...1.
    public struct GilbertElliott: Sendable, Hashable {
        /// From good to bad, `p`.
        public var entering: Double
        /// From bad to good, `r`.
        public var leaving: Double
        /// Lost in the bad state, `1-h`.
        public var lossInBad: Double
        /// Lost in the good state, `1-k`.
        public var lossInGood: Double

        public init(
            entering: Double, leaving: Double, lossInBad: Double = 1, lossInGood: Double = 0
        ) {
            self.entering = entering
            self.leaving = leaving
            self.lossInBad = lossInBad
            self.lossInGood = lossInGood
        }
    }

    /// Four states, of which 1 and 2 deliver (2 within a burst) and 3 and 4 lose (4 alone); each a
    /// share, 0...1, of the transitions between two of them.
    public struct FourState: Sendable, Hashable {
        public var p13: Double
        public var p31: Double
        public var p32: Double
        public var p14: Double
        public var p23: Double

        public init(p13: Double, p31: Double, p32: Double, p14: Double, p23: Double) {
            self.p13 = p13
            self.p31 = p31
            self.p32 = p32
            self.p14 = p14
            self.p23 = p23
        }
    }

    /// The share of packets that are lost in the long run, 0...1; nil where it is not known.
    public var expectedShare: Double? {
        switch self {
        case .random(let share): return share
        case .gilbertElliott(let model):
            let sum = model.entering + model.leaving
            guard sum > 0 else { return model.lossInGood }
            let bad = model.entering / sum
            return bad * model.lossInBad + (1 - bad) * model.lossInGood
        case .fourState: return nil
        }
    }

    /// All shares, for a check of their bounds.
    var shares: [Double] {
        switch self {
        case .random(let share): [share]
        case .gilbertElliott(let model):
            [model.entering, model.leaving, model.lossInBad, model.lossInGood]
        case .fourState(let model): [model.p13, model.p31, model.p32, model.p14, model.p23]
        }
    }
}

extension NetemLoss: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    public init(floatLiteral value: Double) { self = .random(value) }
    public init(integerLiteral value: Int) { self = .random(Double(value)) }
}

import Testing

@testable import ReferenceQueue

@Suite("Numbers in order")
struct SortedIdentifiersTests {
    private func id(_ number: Int64) -> MessageIdentifier { MessageIdentifier(rawValue: number) }

    @Test("They hold what a plain set holds, whatever came and went", arguments: [1, 2, 3])
    func likeSet(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var numbers = SortedIdentifiers()
        var expected: Set<MessageIdentifier> = []
        for step in 0..<6000 {
            let number = id(.random(in: 0..<2000, using: &generator))
            // More come than go at first, more go than come then.
            if Int.random(in: 0..<3, using: &generator) < (step < 4000 ? 2 : 1) {
                numbers.insert(number)
                expected.insert(number)
            } else {
                numbers.remove(number)
                expected.remove(number)
            }
        }
        #expect(numbers.count == expected.count)
        #expect(numbers.prefix(.max) == expected.sorted())
        #expect((0..<2000).allSatisfy { numbers.contains(id($0)) == expected.contains(id($0)) })
        for after in stride(from: Int64(-1), through: 2000, by: 97) {
            let rest = expected.sorted().filter { $0 > id(after) }
            #expect(numbers.prefix(40, after: id(after)) == Array(rest.prefix(40)))
        }
    }

    @Test("None are left when all were taken out")
    func empty() {
        var numbers = SortedIdentifiers()
        for number in 0..<2000 { numbers.insert(id(Int64(number))) }
        for number in (0..<2000).reversed() { numbers.remove(id(Int64(number))) }
        #expect(numbers.count == 0)
        #expect(numbers.prefix(10) == [])
        #expect(!numbers.contains(id(3)))
    }
}

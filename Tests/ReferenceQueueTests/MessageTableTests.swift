import Testing

@testable import ReferenceQueue

@Suite("Messages by number")
struct MessageTableTests {
    @Test("The table holds what a plain dictionary holds", arguments: [1, 2, 3])
    func likeDictionary(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var table = MessageTable<Int>()
        var expected: [MessageIdentifier: Int] = [:]
        for step in 0..<6000 {
            let epoch = Int64.random(in: 1...2, using: &generator)
            let count = Int64.random(in: 0..<1000, using: &generator)
            let id = MessageIdentifier(epoch: epoch, count: count)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                table.insert(step, for: id)
                expected[id] = step
            case 2:
                table.update(id) { $0 += 10_000 }
                if let value = expected[id] { expected[id] = value + 10_000 }
            default: #expect(table.remove(id) == expected.removeValue(forKey: id))
            }
        }
        #expect(table.count == expected.count)
        #expect(table.sortedIdentifiers == expected.keys.sorted())
        #expect(table.values.sorted() == expected.values.sorted())
        #expect(expected.allSatisfy { table[$0.key] == $0.value })
        for id in table.sortedIdentifiers { #expect(table.remove(id) != nil) }
        #expect(table.isEmpty && table.sortedIdentifiers.isEmpty)
    }
}

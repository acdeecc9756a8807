import Records
import Testing

@Suite("Message bodies")
struct MessageBodyTests {
    let run = MessageBody.runMark(of: "20261121T023812Z-primary-kill-4f2a91")
    let message = MessageIdentifier(producer: 2, sequence: 417)

    @Test(
        "A body has exactly the size asked for, is printable, and reads back",
        arguments: [40, 41, 47, 48, 64, 256, 1_000, 65_536])
    func size(_ size: Int) {
        let body = MessageBody(run: run, message: message).encoded(size: size)
        #expect(body.count == size)
        #expect(body.allSatisfy { (0x20..<0x7F).contains($0) })
        #expect(MessageBody.read(body, run: run) == .intact(message))
        #expect(MessageBody.identifier(in: body) == message)
    }

    @Test("The largest identifiers of a drill fit into the smallest body")
    func smallest() {
        let largest = MessageIdentifier(producer: 9_999, sequence: 99_999_999)
        let body = MessageBody(run: run, message: largest).encoded(size: MessageBody.smallestSize)
        #expect(body.count == MessageBody.smallestSize)
        #expect(MessageBody.read(body, run: run) == .intact(largest))
    }

    @Test("A body that cannot hold its fields is longer, never cut")
    func tooSmall() {
        let body = MessageBody(run: run, message: message).encoded(size: 3)
        #expect(body.count > 3)
        #expect(MessageBody.read(body, run: run) == .intact(message))
    }

    @Test("The same message has the same body; another message another padding")
    func determinism() {
        let body = MessageBody(run: run, message: message).encoded(size: 256)
        #expect(MessageBody(run: run, message: message).encoded(size: 256) == body)
        let other = MessageBody(run: run, message: .init(producer: 2, sequence: 418))
        #expect(other.encoded(size: 256).suffix(150) != body.suffix(150))
    }

    @Test("Any single flipped bit is seen as damage, and never of another message")
    func flippedBits() {
        let body = MessageBody(run: run, message: message).encoded(size: 128)
        for position in body.indices {
            for bit in 0..<8 {
                var damaged = body
                damaged[position] ^= 1 << bit
                let reading = MessageBody.read(damaged, run: run)
                let isKnown = reading == .corrupted(message)
                let isUnknown = reading == .corrupted(nil)
                #expect(isKnown || isUnknown, "bit \(bit) of byte \(position): \(reading)")
            }
        }
    }

    @Test("An identifier that was turned into another valid one is told by its second copy")
    func turnedIdentifier() throws {
        var body = MessageBody(run: run, message: .init(producer: 0, sequence: 1_500))
            .encoded(size: 256)
        let place = try #require(body.firstRange(of: Array("p0-001500".utf8))).lowerBound
        body.replaceSubrange(place..<place + 9, with: "p0-000500".utf8)
        let expected = MessageIdentifier(producer: 0, sequence: 1_500)
        #expect(MessageBody.read(body, run: run) == .corrupted(expected))
    }

    @Test("A message of another run, or of nobody, is foreign")
    func foreign() {
        let other = MessageBody(run: MessageBody.runMark(of: "other"), message: message)
        #expect(MessageBody.read(other.encoded(size: 256), run: run) == .foreign)
        #expect(MessageBody.read(Array("hello".utf8), run: run) == .foreign)
        #expect(MessageBody.read([], run: run) == .foreign)
        #expect(MessageBody.identifier(in: Array("hello p0-000001".utf8)) == nil)
    }

    @Test("A body that was cut short is damaged")
    func truncated() {
        let body = MessageBody(run: run, message: message).encoded(size: 256)
        for length in 4..<256 {
            let reading = MessageBody.read(Array(body.prefix(length)), run: run)
            #expect(reading == .corrupted(message) || reading == .corrupted(nil))
        }
    }

    @Test("The checksum is the standard CRC-32")
    func checkValue() {
        var checksum = Checksum()
        checksum.add("123456789".utf8)
        #expect(checksum.value == 0xCBF4_3926)
        #expect(checksum.hexadecimal == "cbf43926")
        #expect(Checksum().hexadecimal == "00000000")
    }

    @Test("Seeded choices repeat, differ by word and order, and spread evenly")
    func seededHash() {
        #expect(SeededHash(seed: 1, 2, 3) == SeededHash(seed: 1, 2, 3))
        #expect(SeededHash(seed: 1, 2, 3) != SeededHash(seed: 1, 3, 2))
        #expect(SeededHash(seed: 1, 2) != SeededHash(seed: 2, 2))
        var counts = [Int](repeating: 0, count: 10)
        for word in 0..<10_000 as Range<UInt64> {
            counts[Int(SeededHash(seed: 7, word).fraction * 10)] += 1
        }
        #expect(counts.allSatisfy { (850...1_150).contains($0) })
    }
}

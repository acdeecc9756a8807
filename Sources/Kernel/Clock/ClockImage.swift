/// The program code for reading clocks that the kernel maps into each process: the vDSO; pure.
///
/// An ELF shared object (elf(5), vdso(7)) that is read where it is mapped, by its program headers.
struct ClockImage: Equatable {
    /// Where the functions begin, by name, in bytes from the beginning of the image.
    let functions: [String: Int]
    /// Where bytes begin that belong to nothing, up to the image's end.
    let spare: Int

    /// Reads an image; nil when it is not what it should be, or lacks a function.
    init?(_ bytes: [UInt8], functions wanted: [String]) {
        let image = ELFReader(bytes: bytes)
        guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]),
            let headers = image.number(at: 32, size: 8), let count = image.number(at: 56, size: 2)
        else { return nil }
        var dynamic: Int?
        var load = 0
        for index in 0..<min(count, 16) {
            let header = headers + index * 56
            guard let kind = image.number(at: header, size: 4),
                let address = image.number(at: header + 16, size: 8)
            else { return nil }
            if kind == 1 { load = address }
            if kind == 2 { dynamic = address }
        }
        guard let dynamic, let symbols = image.symbols(dynamic: dynamic - load, load: load) else {
            return nil
        }
        let found = symbols.filter { wanted.contains($0.key) }
        guard found.count == wanted.count, found.values.allSatisfy(bytes.indices.contains) else {
            return nil
        }
        functions = found
        // Whole lines of it, so that code never begins in the middle of what another reads.
        spare = ((bytes.lastIndex { $0 != 0 } ?? -1) + 1 + 63) / 64 * 64
    }
}

/// Numbers and tables of an ELF image in memory, little-endian, 64 bits.
private struct ELFReader {
    let bytes: [UInt8]

    func number(at place: Int, size: Int) -> Int? {
        guard place >= 0, place <= bytes.count - size else { return nil }
        var value: UInt64 = 0
        for offset in (0..<size).reversed() { value = value << 8 | UInt64(bytes[place + offset]) }
        return Int(exactly: value)
    }

    /// The dynamic symbols and their values.
    func symbols(dynamic: Int, load: Int) -> [String: Int]? {
        var tables: [Int: Int] = [:]
        for index in 0..<64 {
            guard let tag = number(at: dynamic + index * 16, size: 8) else { break }
            if tag == 0 { break }
            // Addresses of later tags may be out of reach of a signed number; they are not asked for.
            tables[tag] = number(at: dynamic + index * 16 + 8, size: 8)
        }
        // DT_STRTAB, DT_SYMTAB, and the string table that follows the symbols in every linker's order.
        guard let strings = tables[5].map({ $0 - load }), let first = tables[6].map({ $0 - load }),
            first < strings
        else { return nil }
        var found: [String: Int] = [:]
        for index in 0..<((strings - first) / 24) {
            guard let name = number(at: first + index * 24, size: 4),
                let value = number(at: first + index * 24 + 8, size: 8)
            else { return nil }
            found[text(at: strings + name)] = value - load
        }
        return found
    }

    private func text(at place: Int) -> String {
        guard bytes.indices.contains(place) else { return "" }
        return String(decoding: bytes[place...].prefix { $0 != 0 }, as: UTF8.self)
    }
}

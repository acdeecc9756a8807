import Glibc
import Kernel

/// Small files and links of `/proc` and `/sys`; what is gone reads as empty.
enum TextFile {
    static func lines(_ path: String) -> [String] {
        guard let file = try? Descriptor.open(path, flags: O_RDONLY),
            let bytes = try? file.readAll()
        else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    static func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

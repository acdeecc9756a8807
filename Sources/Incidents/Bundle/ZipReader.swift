import CZip
import Glibc

/// Reads an archive that a stranger may have made: bounded, and nothing is unpacked to disk.
enum ZipReader {
    /// The most files that an archive may hold.
    static let maximumFiles = 1000
    /// The most bytes that all files of an archive may have together.
    static let maximumBytes = 2 << 30

    /// One entry of an archive, read or found damaged.
    struct Entry: Equatable {
        var path: String
        /// Nil when it cannot be read as it was written.
        var bytes: [UInt8]?
        /// Whether it is a symbolic link, a directory or another thing that is no file.
        var isSpecial: Bool
    }

    /// Every entry of the archive in its order; throws what makes it no archive at all.
    static func entries(of archive: [UInt8]) throws(BundleProblem) -> [Entry] {
        // libzip takes nothing for an archive of no files.
        guard !archive.isEmpty else { throw .notAnArchive("it is empty") }
        var entries: [Entry] = []
        var problem: BundleProblem?
        archive.withUnsafeBytes { buffer in
            do throws(BundleProblem) {
                entries = try read(buffer)
            } catch {
                problem = error
            }
        }
        if let problem { throw problem }
        return entries
    }

    private static func read(_ buffer: UnsafeRawBufferPointer) throws(BundleProblem) -> [Entry] {
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        let size = zip_uint64_t(buffer.count)
        guard let source = zip_source_buffer_create(buffer.baseAddress, size, 0, &error) else {
            throw .notAnArchive(String(cString: zip_error_strerror(&error)))
        }
        guard let archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) else {
            zip_source_free(source)
            throw .notAnArchive(String(cString: zip_error_strerror(&error)))
        }
        defer { zip_discard(archive) }
        let count = zip_get_num_entries(archive, 0)
        guard count <= maximumFiles else {
            throw .tooLarge("it has \(count) files, and at most \(maximumFiles) are read")
        }
        var entries: [Entry] = []
        var room = maximumBytes
        for index in 0..<zip_uint64_t(max(0, count)) {
            let entry = try entry(index, of: archive, room: room)
            room -= entry.bytes?.count ?? 0
            entries.append(entry)
        }
        return entries
    }

    private static func entry(
        _ index: zip_uint64_t, of archive: OpaquePointer, room: Int
    ) throws(BundleProblem) -> Entry {
        var status = zip_stat_t()
        zip_stat_init(&status)
        guard zip_stat_index(archive, index, 0, &status) == 0, let name = status.name else {
            throw .notAnArchive("its entry \(index) cannot be looked at")
        }
        let path = String(cString: name)
        var system: zip_uint8_t = 0
        var attributes: zip_uint32_t = 0
        zip_file_get_external_attributes(archive, index, 0, &system, &attributes)
        let format = (attributes >> 16) & 0o170_000
        let isSpecial = path.hasSuffix("/") || (format != 0 && format != 0o100_000)
        // The size is what the archive says of itself, so reading is held to it as well.
        guard status.size <= zip_uint64_t(room) else {
            throw .tooLarge("its files have more than \(maximumBytes >> 20) MiB together")
        }
        let bytes = isSpecial ? [] : contents(index, of: archive, size: Int(status.size))
        return Entry(path: path, bytes: bytes, isSpecial: isSpecial)
    }

    /// The bytes of an entry, their checksum verified by libzip; nil when they are damaged.
    private static func contents(
        _ index: zip_uint64_t, of archive: OpaquePointer, size: Int
    ) -> [UInt8]? {
        guard let file = zip_fopen_index(archive, index, 0) else { return nil }
        defer { zip_fclose(file) }
        // One byte more than it should have: only the end of the file verifies the checksum.
        var bytes = [UInt8](repeating: 0, count: size + 1)
        var offset = 0
        while true {
            let count = bytes.withUnsafeMutableBytes { buffer in
                zip_fread(
                    file, buffer.baseAddress?.advanced(by: offset),
                    zip_uint64_t(buffer.count - offset))
            }
            guard count >= 0 else { return nil }
            guard count > 0 else { break }
            offset += Int(count)
            guard offset <= size else { return nil }
        }
        guard offset == size else { return nil }
        bytes.removeLast()
        return bytes
    }
}

import CZip
import Glibc

/// Makes a zip archive whose bytes depend on its files and the given time alone.
enum ZipWriter {
    /// The archive of `files` in their order, each with the same time and permissions.
    ///
    /// - Parameter time: what the archive says of every file's last change; MS-DOS times are local
    ///   to nobody, count in steps of 2 s, and begin in 1980.
    static func archive(_ files: [BundleFile], time: ArchiveTime) throws(IncidentError) -> [UInt8] {
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        guard let target = zip_source_buffer_create(nil, 0, 0, &error) else {
            throw failure("begin the archive", &error)
        }
        defer { zip_source_free(target) }
        guard let archive = zip_open_from_source(target, ZIP_TRUNCATE, &error) else {
            throw failure("begin the archive", &error)
        }
        // The archive drops one reference when it is closed; the bytes are read after that.
        zip_source_keep(target)
        for file in files {
            guard add(file, to: archive, time) else {
                let reason = failure("add \(file.path) to the archive", zip_get_error(archive))
                zip_discard(archive)
                throw reason
            }
        }
        guard zip_close(archive) == 0 else {
            let reason = failure("finish the archive", zip_get_error(archive))
            zip_discard(archive)
            throw reason
        }
        return try contents(of: target)
    }

    private static func add(
        _ file: BundleFile, to archive: OpaquePointer, _ time: ArchiveTime
    ) -> Bool {
        let count = file.bytes.count
        guard let copy = malloc(max(1, count)) else { return false }
        file.bytes.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { memcpy(copy, base, count) }
        }
        // 1: libzip frees the copy.
        guard let source = zip_source_buffer(archive, copy, zip_uint64_t(count), 1) else {
            free(copy)
            return false
        }
        let index = zip_file_add(archive, file.path, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
        guard index >= 0 else {
            zip_source_free(source)
            return false
        }
        let position = zip_uint64_t(index)
        let regularFile: zip_uint32_t = (0o100_644) << 16
        return zip_set_file_compression(archive, position, ZIP_CM_DEFLATE, 9) == 0
            && zip_file_set_dostime(archive, position, time.time, time.date, 0) == 0
            && zip_file_set_external_attributes(
                archive, position, 0, zip_uint8_t(ZIP_OPSYS_UNIX), regularFile) == 0
    }

    private static func contents(of source: OpaquePointer) throws(IncidentError) -> [UInt8] {
        var status = zip_stat_t()
        zip_stat_init(&status)
        guard zip_source_stat(source, &status) == 0, zip_source_open(source) == 0 else {
            throw failure("read the archive back", zip_source_error(source))
        }
        defer { zip_source_close(source) }
        var bytes = [UInt8](repeating: 0, count: Int(status.size))
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                zip_source_read(
                    source, buffer.baseAddress?.advanced(by: offset),
                    zip_uint64_t(buffer.count - offset))
            }
            guard count > 0 else {
                throw failure("read the archive back", zip_source_error(source))
            }
            offset += Int(count)
        }
        return bytes
    }

    private static func failure(
        _ attempt: String, _ error: UnsafeMutablePointer<zip_error_t>?
    ) -> IncidentError {
        IncidentError(attempt, reason: error.map { String(cString: zip_error_strerror($0)) } ?? "")
    }
}

/// A moment as an archive keeps it (MS-DOS, 2 s steps from 1980 to 2107), in UTC.
struct ArchiveTime: Equatable {
    let date: UInt16
    let time: UInt16

    /// The archive's form of a time in seconds since 1970; earlier than 1980 is 1980.
    init(secondsSince1970 seconds: Int64) {
        let parts = UniversalTime.parts(
            secondsSince1970: min(max(seconds, 315_532_800), 4_354_819_198))
        date = UInt16((parts[0] - 1980) << 9 | parts[1] << 5 | parts[2])
        time = UInt16(parts[3] << 11 | parts[4] << 5 | parts[5] / 2)
    }
}

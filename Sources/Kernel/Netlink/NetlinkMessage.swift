private import CNetlink

/// A netlink message under construction, by libnl (nlmsg_alloc_size, nla_put).
///
/// The buffer is 32 KiB, for libnl's default of one page is too short for a delay distribution, and
/// every append is checked: an attribute that did not fit must not go missing silently.
struct NetlinkMessage: ~Copyable {
    private let message: OpaquePointer

    init(type: Int, flags: Int32) throws(KernelError) {
        guard let message = nlmsg_alloc_size(32768) else {
            throw KernelError(call: "nlmsg_alloc_size", object: "32768", reason: .errno(12))
        }
        // Sequence and port are filled in by nl_complete_msg.
        guard nlmsg_put(message, 0, 0, Int32(type), 0, flags) != nil else {
            nlmsg_free(message)
            throw KernelError(call: "nlmsg_put", object: "type \(type)", reason: .errno(12))
        }
        self.message = message
    }

    deinit { nlmsg_free(message) }

    /// Appends a fixed structure, padded to four bytes.
    func append(_ bytes: [UInt8]) throws(KernelError) {
        var bytes = bytes
        let result = nlmsg_append(message, &bytes, bytes.count, 4)
        try check(result, "nlmsg_append", bytes.count)
    }

    /// Appends an attribute.
    func put(_ attribute: Int, _ bytes: [UInt8]) throws(KernelError) {
        let result = bytes.withUnsafeBytes {
            nla_put(message, Int32(attribute), Int32(bytes.count), $0.baseAddress)
        }
        try check(result, "nla_put(\(attribute))", bytes.count)
    }

    /// Appends an attribute with a NUL-terminated string.
    func put(_ attribute: Int, _ string: String) throws(KernelError) {
        try put(attribute, Array(string.utf8) + [0])
    }

    /// Appends an attribute that holds what `body` appends.
    func nest(
        _ attribute: Int, _ body: (borrowing NetlinkMessage) throws(KernelError) -> Void
    ) throws(KernelError) {
        guard let start = nla_nest_start(message, Int32(attribute)) else {
            throw KernelError(call: "nla_nest_start", object: "\(attribute)", reason: .errno(12))
        }
        try body(self)
        nla_nest_end_keep_empty(message, start)
    }

    /// Hands the message to libnl's functions.
    func withMessage<Result>(_ body: (OpaquePointer) -> Result) -> Result { body(message) }

    /// The whole message, header included.
    var bytes: [UInt8] {
        guard let header = nlmsg_hdr(message) else { return [] }
        return Array(UnsafeRawBufferPointer(start: header, count: Int(header.pointee.nlmsg_len)))
    }

    private func check(_ result: Int32, _ call: String, _ size: Int) throws(KernelError) {
        guard result != 0 else { return }
        throw KernelError(
            call: call, object: "\(size) bytes",
            reason: .netlink(result, text: String(cString: nl_geterror(result))))
    }
}

/// The bytes of fixed-size integers in the byte order of this machine, as netlink wants them.
func nativeBytes(_ values: any FixedWidthInteger...) -> [UInt8] {
    values.flatMap { bytes(of: $0) }
}

private func bytes(of value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value) { Array($0) }
}

import Glibc

/// Names and numbers of network interfaces, in the calling thread's namespace (netdevice(7)).
public enum NetworkInterface {
    /// The index of an interface; throws when there is none of this name.
    public static func index(of name: String) throws(KernelError) -> Int32 {
        let index = if_nametoindex(name)
        guard index != 0 else {
            throw KernelError(call: "if_nametoindex", object: name, reason: .errno(errno))
        }
        return Int32(index)
    }

    /// The name of an interface, or nil when there is none with this index.
    public static func name(of index: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard if_indextoname(UInt32(index), &buffer) != nil else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    }

    /// The indices and names of all interfaces of a network namespace; nil is the thread's own.
    public static func all(
        namespace: Int32? = nil
    ) throws(KernelError) -> [(index: Int32, name: String)] {
        try NetworkNamespaces.inside(namespace) {
            guard let list = if_nameindex() else { return [] }
            defer { if_freenameindex(list) }
            var names: [(index: Int32, name: String)] = []
            var entry = list
            while entry.pointee.if_index != 0, let name = entry.pointee.if_name {
                names.append((Int32(entry.pointee.if_index), String(cString: name)))
                entry += 1
            }
            return names
        }
    }
}

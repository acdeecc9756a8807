/// A whole answer of an HTTP server; any status is an answer.
public struct HTTPAnswer: Sendable, Equatable {
    public var status: Int
    public var fields: [HTTPField]
    public var body: [UInt8]

    public init(status: Int, fields: [HTTPField] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The value of the first field with this name, in any case of letters.
    public func field(_ name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }

    /// The body as text; invalid UTF-8 is repaired.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

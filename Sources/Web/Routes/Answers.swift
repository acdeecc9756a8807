import FoundationEssentials
import Hummingbird
import NIOCore
import Reports

extension Response {
    /// A page.
    static func page(_ markup: Markup, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: markup.text)))
    }

    /// Text of some type.
    static func text(_ text: String, type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    /// A document of the API.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
        guard let data = try? encoder.encode(value) else {
            return Response(status: .internalServerError)
        }
        return Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: data)))
    }

    /// Leads a browser on after a form.
    static func seeOther(_ path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path])
    }
}

extension Request {
    /// The fields of the query string.
    var query: [String: String] { FormText.fields(uri.query ?? "") }

    /// Whether no body comes with it, as its head says.
    var isEmpty: Bool {
        (headers[.contentLength] ?? "0") == "0" && headers[.transferEncoding] == nil
    }

    /// The fields of a form; refuses one that another site made a browser send.
    func form(_ context: ConsoleContext, _ sessions: Sessions) async throws -> [String: String] {
        let fields = try await fields()
        if let session = context.access.session {
            guard let key = fields["key"], sessions.isFormKey(key, of: session) else {
                throw Problem(.forbidden, "This form is out of date: go back and reload the page.")
            }
        }
        return fields
    }

    /// The fields of a form that needs no session.
    func fields() async throws -> [String: String] {
        FormText.fields(String(decoding: try await bytes(limit: 65_536), as: UTF8.self))
    }

    /// The body; refuses one that is too long.
    func bytes(limit: Int) async throws -> [UInt8] {
        do {
            return Array(try await body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Problem(.contentTooLarge, "More than \(limit) bytes.")
        }
    }
}

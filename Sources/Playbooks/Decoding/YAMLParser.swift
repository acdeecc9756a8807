import CYAML

/// One part of a YAML text: libyaml's events, without those that a playbook has no use for.
struct YAMLEvent {
    enum Content {
        case documentStart
        case documentEnd
        case streamEnd
        /// `isPlain` is false for text in quotes and for block scalars.
        case scalar(String, isPlain: Bool)
        case sequenceStart
        case mappingStart
        /// The end of the sequence or mapping that began last.
        case end
        case alias(String)
    }

    var content: Content
    /// The name that an alias may call the node by.
    var anchor: String?
    /// The tag as it is written, resolved; nil for a node without one.
    var tag: String?
    var place: Place
}

/// What libyaml says of a text that is no YAML.
struct YAMLError: Error {
    /// What was being read when it happened, with the line on which that began.
    var context: (text: String, line: Int)?
    var problem: String
    var place: Place
}

/// Reads YAML 1.1 text from the front, event by event, through libyaml (yaml.h).
///
/// Used from one task only: libyaml keeps the place in memory that is no one else's.
final class YAMLParser {
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let input: UnsafeMutableBufferPointer<UInt8>

    /// - Parameter bytes: UTF-8; copied.
    init(_ bytes: [UInt8]) {
        input = .allocate(capacity: max(1, bytes.count))
        _ = input.initialize(from: bytes)
        guard yaml_parser_initialize(parser) == 1 else {
            preconditionFailure("no memory for a YAML parser")
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event; the end of the stream is the last, and comes again when it is asked for again.
    func next() throws(YAMLError) -> YAMLEvent {
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else { throw error }
            defer { yaml_event_delete(&event) }
            if let event = YAMLEvent(event) { return event }
        }
    }

    private var error: YAMLError {
        let parser = parser.pointee
        let problem = parser.problem.map { String(cString: $0) } ?? "there is no memory for it"
        // The reader knows a byte's offset only, not its line.
        guard parser.error != YAML_READER_ERROR, parser.problem != nil else {
            return YAMLError(context: nil, problem: problem, place: .none)
        }
        let context = parser.context.map {
            (String(cString: $0), Int(parser.context_mark.line) + 1)
        }
        return YAMLError(context: context, problem: problem, place: Place(parser.problem_mark))
    }
}

extension YAMLEvent {
    fileprivate init?(_ event: yaml_event_t) {
        place = Place(event.start_mark)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: content = .documentStart
        case YAML_DOCUMENT_END_EVENT: content = .documentEnd
        // After the end, and after an error, libyaml gives no event for ever.
        case YAML_STREAM_END_EVENT, YAML_NO_EVENT: content = .streamEnd
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: content = .end
        case YAML_ALIAS_EVENT:
            content = .alias(Self.text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            content = .scalar(
                String(decoding: bytes, as: UTF8.self),
                isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
            anchor = Self.text(scalar.anchor)
            tag = Self.text(scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            content = .sequenceStart
            anchor = Self.text(event.data.sequence_start.anchor)
            tag = Self.text(event.data.sequence_start.tag)
        case YAML_MAPPING_START_EVENT:
            content = .mappingStart
            anchor = Self.text(event.data.mapping_start.anchor)
            tag = Self.text(event.data.mapping_start.tag)
        default: return nil
        }
    }

    private static func text(_ characters: UnsafePointer<yaml_char_t>?) -> String? {
        characters.map { String(cString: $0) }
    }
}

extension Place {
    /// libyaml counts from 0.
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}

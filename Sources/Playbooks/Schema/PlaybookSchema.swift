/// The JSON Schema (draft 2020-12) of playbooks, for editors.
///
/// It is derived from the same declarations as the decoder and has the same text on every run. It
/// accepts every playbook that the decoder accepts; what needs arithmetic or more than one place
/// (a `cap` below `first`, a missing target) only the decoder finds.
public struct PlaybookSchema: Sendable {
    private let vocabulary: Vocabulary

    public init(vocabulary: Vocabulary) {
        self.vocabulary = vocabulary
    }

    /// The schema as JSON text, with a line feed at its end.
    public var text: String { document.text() + "\n" }

    private var document: SchemaValue {
        .object([
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("Firedrill playbook")),
            ("type", .string("object")),
            ("required", .strings(["playbook", "hypothesis"])),
            ("additionalProperties", .boolean(false)),
            (
                "properties",
                .object(
                    Grammar.topLevel.map { entry in
                        (entry.key, described(property(entry.key), entry.summary))
                    })
            ),
            ("$defs", .object(SchemaUnits.definitions + definitions)),
        ])
    }

    private func property(_ key: String) -> SchemaValue {
        switch key {
        case "playbook":
            .object([
                ("type", .string("string")), ("pattern", .string("^[A-Za-z0-9_-][A-Za-z0-9._-]*$")),
            ])
        case "tags": value(.list(.string))
        case "seed":
            .object([
                (
                    "anyOf",
                    .array([
                        .object([("type", .string("integer")), ("minimum", .integer(0))]),
                        reference("variable"),
                    ])
                )
            ])
        case "variables":
            .object([("type", .string("object")), ("additionalProperties", reference("value"))])
        case "secrets":
            .object([
                ("type", .string("object")),
                (
                    "additionalProperties",
                    .object([
                        ("type", .string("string")),
                        ("pattern", .string("^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$")),
                    ])
                ),
            ])
        case "target": reference("target")
        case "workload": mapping(Grammar.workload)
        case "timing": mapping(Grammar.timing)
        case "limits": mapping(Grammar.limits)
        case "steady_state":
            list(.object([("anyOf", .array([reference("probe"), reference("condition")]))]))
        case "method": list(reference("step"))
        case "expect": list(reference("check"))
        case "abort_when": list(reference("condition"))
        default: reference("text")
        }
    }

    private var definitions: [(key: String, value: SchemaValue)] {
        let none = KindDeclaration(kind: Grammar.noTarget, summary: "No testbed.")
        return [
            ("target", kinds(vocabulary.systems + [none], key: "kind", common: [])),
            (
                "selector",
                mapping(Grammar.selector).with([
                    ("description", .string("What the step is aimed at; 'pick' alone: any node.")),
                    ("minProperties", .integer(1)),
                ])
            ),
            (
                "fault",
                kinds(
                    vocabulary.faults, key: "fault",
                    common: [
                        .init("name", .string, "How reports call the fault."),
                        .init("for", .duration, "How long the fault stays in."),
                    ])
            ),
            (
                "probe",
                kinds(
                    vocabulary.probes, key: "probe",
                    common: [
                        .init("name", .string, "How reports call the probe."),
                        .init("every", .duration, "The period; left out, it asks once."),
                    ])
            ),
            ("check", kinds(vocabulary.checks, key: "check", common: [])),
            ("condition", condition),
            ("wait", wait),
            ("step", step),
        ]
    }

    private var step: SchemaValue {
        let parallel = object(
            [("parallel", list(reference("step")).with([("minItems", .integer(1))]))],
            required: ["parallel"], summary: "Steps that begin together.")
        return .object([
            (
                "anyOf",
                .array([reference("fault"), reference("wait"), reference("probe"), parallel])
            )
        ])
    }

    private var wait: SchemaValue {
        let until = object(
            [
                ("until", .object([("const", .string("steady"))])),
                ("at_most", reference("duration")),
            ], required: ["until", "at_most"], summary: "Waits until the steady state holds.")
        return object(
            [("wait", .object([("anyOf", .array([reference("duration"), until]))]))],
            required: ["wait"], summary: "A pause in the method.")
    }

    private var condition: SchemaValue {
        let bounds = ["below", "above"]
        let metrics = vocabulary.metrics.map { metric in
            object(
                [("metric", .object([("const", .string(metric.name))]))]
                    + bounds.map { ($0, value(metric.type)) } + [("for", reference("duration"))],
                required: ["metric"], summary: metric.summary
            ).with([
                (
                    "oneOf",
                    .array(bounds.map { .object([("required", .strings([$0]))]) })
                )
            ])
        }
        return .object([("anyOf", .array(metrics))])
    }

    /// One object a kind, told apart by the word under `key`.
    private func kinds(
        _ declarations: [KindDeclaration], key: String, common: [ParameterDeclaration]
    ) -> SchemaValue {
        let objects = declarations.map { declaration in
            var properties: [(key: String, value: SchemaValue)] = [
                (key, .object([("const", .string(declaration.kind))]))
            ]
            properties += common.map { ($0.name, value(of: $0)) }
            if declaration.selector != .none { properties.append(("on", reference("selector"))) }
            properties += declaration.parameters.map { ($0.name, value(of: $0)) }
            let required = declaration.parameters.filter(\.isRequired).map(\.name)
            return object(
                properties,
                required: [key] + (declaration.selector == .required ? ["on"] : []) + required,
                summary: declaration.summary)
        }
        return .object([("anyOf", .array(objects))])
    }

    private func mapping(_ declarations: [ParameterDeclaration]) -> SchemaValue {
        object(
            declarations.map { ($0.name, value(of: $0)) },
            required: declarations.filter(\.isRequired).map(\.name), summary: nil)
    }

    private func object(
        _ properties: [(key: String, value: SchemaValue)], required: [String], summary: String?
    ) -> SchemaValue {
        .object(
            (summary.map { [("description", .string($0))] } ?? []) + [
                ("type", .string("object")),
                ("required", .strings(required)),
                ("additionalProperties", .boolean(false)),
                ("properties", .object(properties)),
            ])
    }

    private func value(of declaration: ParameterDeclaration) -> SchemaValue {
        var schema = value(declaration.type)
        if declaration.name == "metric", declaration.type == .string {
            schema = SchemaUnits.orVariable(
                .object([("enum", .strings(vocabulary.metrics.map(\.name)))]))
        }
        let summary = declaration.summary
        guard let value = declaration.defaultValue else { return described(schema, summary) }
        return described(schema, "\(summary) Default: \(value.text).")
    }

    private func value(_ type: ParameterType) -> SchemaValue {
        switch type {
        case .duration: return reference("duration")
        case .byteCount: return reference("byteCount")
        case .rate: return reference("rate")
        case .ratio: return reference("ratio")
        case .boolean: return reference("boolean")
        case .string: return reference("text")
        case .integer(let range):
            return SchemaUnits.orVariable(
                .object([
                    ("type", .string("integer")), ("minimum", .integer(range.lowerBound)),
                    ("maximum", .integer(range.upperBound)),
                ]))
        case .number(let range):
            return SchemaUnits.orVariable(
                .object([
                    ("type", .string("number")), ("minimum", .number(range.lowerBound)),
                    ("maximum", .number(range.upperBound)),
                ]))
        case .choice(let words):
            return SchemaUnits.orVariable(.object([("enum", .strings(words))]))
        case .list(let element):
            let element = value(element)
            return .object([("anyOf", .array([element, list(element)]))])
        case .mapping(let declarations): return mapping(declarations)
        case .either(let types): return .object([("anyOf", .array(types.map(value)))])
        }
    }

    private func list(_ element: SchemaValue) -> SchemaValue {
        .object([("type", .string("array")), ("items", element)])
    }

    private func reference(_ name: String) -> SchemaValue {
        .object([("$ref", .string("#/$defs/\(name)"))])
    }

    private func described(_ schema: SchemaValue, _ summary: String) -> SchemaValue {
        schema.with([("description", .string(summary))])
    }
}

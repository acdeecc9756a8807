/// The schemas of single values: quantities with units, text, and variables in their place.
enum SchemaUnits {
    /// Any of these with a variable in it is checked by the decoder alone.
    private static let variable = #"\$\{"#
    private static let number = #"[ \t]*\+?[0-9]+(\.[0-9]+)?[ \t]*"#

    static var definitions: [(key: String, value: SchemaValue)] {
        [
            ("variable", pattern(#"^\$\{[A-Za-z0-9_]+\}$"#, "A variable: '${name}'.")),
            (
                "duration",
                quantity(
                    Quantity.durationUnits.map(\.name), "A duration with its unit: '250 ms'.")
            ),
            (
                "byteCount",
                quantity(Quantity.byteUnits.map(\.name), "A size with its unit: '256 MiB'.")
            ),
            ("rate", quantity(["/ *s", "/ *min", "/ *h"], "A rate with its unit: '400/s'.")),
            (
                "ratio",
                pattern(
                    #"^[ \t]*\+?0*(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)[ \t]*%[ \t]*$"#
                        + "|" + variable,
                    "A share in percent: '0.1 %'.")
            ),
            ("boolean", orVariable(.object([("type", .string("boolean"))]))),
            (
                "text",
                .object([("type", .strings(["string", "number", "boolean"]))])
            ),
            (
                "value",
                .object([
                    (
                        "anyOf",
                        .array([
                            .object([("$ref", .string("#/$defs/text"))]),
                            .object([
                                ("type", .string("object")),
                                ("additionalProperties", .boolean(false)),
                                (
                                    "properties",
                                    .object(
                                        ["default", "environment", "summary"].map {
                                            ($0, .object([("$ref", .string("#/$defs/text"))]))
                                        })
                                ),
                            ]),
                        ])
                    )
                ])
            ),
        ]
    }

    /// A schema, or a variable in its place.
    static func orVariable(_ schema: SchemaValue) -> SchemaValue {
        .object([
            ("anyOf", .array([schema, .object([("$ref", .string("#/$defs/variable"))])]))
        ])
    }

    private static func quantity(_ units: [String], _ summary: String) -> SchemaValue {
        pattern(
            "^\(number)(\(units.joined(separator: "|")))[ \\t]*$|\(variable)", summary)
    }

    private static func pattern(_ pattern: String, _ summary: String) -> SchemaValue {
        .object([
            ("description", .string(summary)), ("type", .string("string")),
            ("pattern", .string(pattern)),
        ])
    }
}

import Records

extension HTMLReport {
    static func timeline(_ facts: DrillFacts) -> Markup {
        .empty
    }

    static func retries(_ facts: DrillFacts) -> Markup {
        .empty
    }
}

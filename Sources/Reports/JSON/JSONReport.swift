import FoundationEssentials
public import Records

/// The report as JSON for other programs: versioned, with sorted keys.
///
/// The document is an object with these members; a member without a value is left out. Times are
/// nanoseconds since the drill's start, spans are nanoseconds, ratios go from 0 to 1.
///
/// - `format`: always `firedrill-report`.
/// - `version`: ``JSONReport/version``; a higher one may take members away or change their meaning,
///   the same one only adds.
/// - `header`: the ``DrillHeader``: identifier, playbook, hypothesis, seed, start, command.
/// - `started`, `durationNanoseconds`: the start in UTC (RFC 3339), the time until the last record.
/// - `outcome`, `exitCode`: those of the ``Verdict``; absent when the drill left none.
/// - `reason`: one sentence.
/// - `axes`: the four axes, each with `name`, `state`, `sentence`.
/// - `checks`, `faults`: every ``CheckResult`` and every ``FaultRecord``.
/// - `ledger`: the counts of ``LedgerSummary``, `failed`, `reconciles`, `lostCount`, and the first
///   1,000 of `lost`.
/// - `figures`: the numbers a reader wants first, formatted: `name`, `value`, `note`.
/// - `findings`: what a person has to own: `source`, `sentence`.
/// - `phases`: `phase`, `start`, `end`.
/// - `intervals`: the baseline, each fault's time, the recovery: rates, quantiles, error rate.
/// - `windows`: `widthNanoseconds` and one array for each series, all of one length; a quantile of
///   a window without an acknowledgement is null.
/// - `plan`, `environment`: as the drill recorded them.
public enum JSONReport {
    /// The version of the document's format.
    public static let version = 1

    /// Renders the report of `evidence`; the same evidence gives the same bytes.
    ///
    /// A number that JSON cannot write becomes `"infinity"`, `"-infinity"` or `"nan"`.
    public static func render(_ evidence: Evidence) throws -> String {
        try render(DrillFacts(evidence))
    }

    static func render(_ facts: DrillFacts) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
        let data = try encoder.encode(ReportDocument(facts))
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}

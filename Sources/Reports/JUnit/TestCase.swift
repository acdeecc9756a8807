/// One `testcase` element.
struct TestCase {
    struct Result {
        /// `failure` or `error`.
        let element: String
        let type: String
        let message: String

        static func failure(_ type: String, _ message: String) -> Result {
            Result(element: "failure", type: type, message: message)
        }

        static func error(_ type: String, _ message: String) -> Result {
            Result(element: "error", type: type, message: message)
        }
    }

    /// The last part of the class name: `check`, `fault`.
    let group: String
    let name: String
    let seconds: Double
    /// Nil for a case that passed.
    let result: Result?
    let output: [String]

    func markup(playbook: String) -> Markup {
        let time = Format.decimal(seconds, digits: 3)
        let verdict = result.map { result -> Markup in
            let element = Markup(verbatim: result.element)
            return "      <\(element) type=\"\(result.type)\" message=\"\(result.message)\"/>\n"
        }
        return """
                <testcase classname="\(playbook).\(group)" name="\(name)" time="\(time)">
            \(verdict ?? .empty)\
                  <system-out>\(output.joined(separator: "\n"))</system-out>
                </testcase>

            """
    }
}

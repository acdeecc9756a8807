/// Turns YAML text into a ``DocumentNode``, or reports why it cannot.
///
/// Nothing is typed here: `on` stays a key and `yes` a text.
struct DocumentReader {
    let problems: ProblemCollector

    /// Reads the one document of `bytes`; nil after a report.
    func read(_ bytes: [UInt8]) -> DocumentNode? {
        guard let text = DocumentLimits.text(of: bytes, problems: problems) else { return nil }
        do {
            var composer = DocumentComposer(YAMLParser(bytes))
            guard let node = try composer.document(), !node.isNull else {
                problems.add("the playbook is empty", at: .none)
                return nil
            }
            return node
        } catch let problem as DocumentComposer.Problem {
            problems.add(problem.message, at: problem.place)
        } catch let error as YAMLError {
            report(error, in: text)
        } catch {
            problems.add("the playbook could not be read: \(error)", at: .none)
        }
        return nil
    }

    private func report(_ error: YAMLError, in text: String) {
        guard !isIndentedByTab(text, error.place.line) else {
            return problems.add("a tab cannot indent YAML; use spaces", at: error.place)
        }
        let prefix = error.context.map { "\($0.text) (line \($0.line)), " } ?? ""
        problems.add("not valid YAML: \(prefix)\(error.problem)", at: error.place)
    }

    private func isIndentedByTab(_ text: String, _ line: Int) -> Bool {
        let lines = text.utf8.split(
            separator: UInt8(ascii: "\n"), maxSplits: line, omittingEmptySubsequences: false)
        guard line > 0, line <= lines.count else { return false }
        let blank = lines[line - 1].prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        return blank.contains(UInt8(ascii: "\t"))
    }
}

extension String {
    /// The same with `?` for each control character, which could be codes for a terminal.
    public var onOneLine: String {
        unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : String($0) }.joined()
    }
}

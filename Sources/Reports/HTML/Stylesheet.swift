/// The page's styles; without `<` and `&`, so that the page stays well-formed XML.
enum Stylesheet {
    static let text = "body { font-family: system-ui, sans-serif }"
}

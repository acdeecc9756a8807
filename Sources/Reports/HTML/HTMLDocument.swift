/// A whole page of HTML that is well-formed XML as well.
public struct HTMLDocument {
    public var title: String
    /// What stands in the head beside the title: styles, links.
    public var head: Markup
    public var body: Markup

    public init(title: String, head: Markup, body: Markup) {
        self.title = title
        self.head = head
        self.body = body
    }

    public func render() -> Markup {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <title>\(title)</title>
        \(head)</head>
        <body>
        \(body)</body>
        </html>

        """
    }
}

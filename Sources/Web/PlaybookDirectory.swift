import Glibc
import Kernel

/// The only directory that playbooks are run from.
struct PlaybookDirectory {
    /// The longest playbook that is taken, in bytes.
    static let limit = 1 << 20

    let root: String
    private let validate: @Sendable ([UInt8], String) -> [String]

    /// Nil when none is configured.
    init?(_ configuration: ConsoleConfiguration) {
        guard let root = configuration.playbookDirectory else { return nil }
        self.root = root
        validate = configuration.validate
    }

    /// The names of the playbooks, in alphabetical order.
    var names: [String] {
        Descriptor.names(in: root).filter { $0.hasSuffix(".yaml") }
            .map { String($0.dropLast(5)) }.filter(Self.isName).sorted()
    }

    /// The file of a playbook; nil when there is none of this name.
    func path(of name: String) -> String? {
        guard Self.isName(name) else { return nil }
        let path = "\(root)/\(name).yaml"
        // A file of the directory itself, and not what a link in it leads to.
        guard let status = FileStatus.of(path), !status.isDirectory,
            let file = try? Descriptor.open(path, flags: O_RDONLY | O_NONBLOCK),
            (try? file.status()) == status
        else { return nil }
        return path
    }

    /// Keeps a playbook when it is valid, and returns its problems otherwise.
    ///
    /// Nothing is run.
    ///
    /// - Parameter replaces: whether a playbook of this name may be there already.
    func keep(_ text: [UInt8], as name: String, replaces: Bool) throws -> [String] {
        guard Self.isName(name) else {
            return ["a playbook's name has lower-case letters, digits and dashes only"]
        }
        let problems = validate(text, name)
        guard problems.isEmpty else { return problems }
        let file = try Descriptor.openUnnamed(in: root)
        try file.writeDurably(text, at: 0)
        fchmod(file.number, 0o644)
        let directory = try Descriptor.open(root, flags: O_RDONLY | O_DIRECTORY)
        guard replaces else {
            try file.link(as: "\(name).yaml", in: directory)
            return []
        }
        let temporary = ".\(name).new"
        unlinkat(directory.number, temporary, 0)
        try file.link(as: temporary, in: directory)
        guard renameat(directory.number, temporary, directory.number, "\(name).yaml") == 0 else {
            throw KernelError(call: "renameat", object: name, reason: .errno(errno))
        }
        return []
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 100 && name.first != "-"
            && name.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

import Glibc

/// `FIREDRILL_STATE`: the directory in which a user wants undo records and all else between drills.
public enum StateVariable {
    private static let name = "FIREDRILL_STATE"

    /// Makes a relative path absolute, for this process and those that it starts.
    ///
    /// To be called before anything reads the variable or changes the working directory.
    public static func resolve() {
        guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty,
            !value.hasPrefix("/"), let directory = getcwd(nil, 0)
        else { return }
        defer { free(directory) }
        setenv(name, "\(String(cString: directory))/\(value)", 1)
    }
}

extension ChildProcess {
    /// How a child is started.
    public struct Options: Sendable {
        /// The path of the program; PATH is not searched.
        public var executable: String
        /// The arguments after the program's name.
        public var arguments: [String]
        /// The whole environment, `NAME=value` each; nothing is inherited.
        public var environment: [String]
        /// Where it starts; nil for our own working directory.
        public var workingDirectory: String?
        /// A descriptor to read from; nil for /dev/null.
        public var standardInput: Int32?
        /// A descriptor of ours that the child gets a copy of.
        public var standardOutput: Int32
        /// A descriptor of ours that the child gets a copy of.
        public var standardError: Int32
        /// Whether it founds its own session (setsid(2)).
        public var newSession: Bool
        /// Whether SIGKILL ends it when this process dies.
        public var diesWithParent: Bool
        /// More descriptors: number in the child, ours.
        public var inheritedDescriptors: [Int32: Int32]
        /// How far its monotonic clock and time since boot are ahead of ours; nil for ours.
        ///
        /// It gets a time namespace of its own, which ends with it; needs root.
        public var clockOffset: Duration?
        /// A descriptor of the mount namespace that it starts in; nil for ours.
        public var mountNamespace: Int32?
        /// Whether it is as good as any other to the out-of-memory killer, whatever we are.
        public var isSparedNothing = false
        /// What it has in place of what it would have of us; best effort, nil for ours.
        public var inheritance: ProcessInheritance?
        /// What it does instead of executing a program.
        var load: LoadKind?

        public init(
            executable: String, arguments: [String] = [], environment: [String] = [],
            workingDirectory: String? = nil, standardInput: Int32? = nil,
            standardOutput: Int32 = 1, standardError: Int32 = 2, newSession: Bool = true,
            diesWithParent: Bool = true, inheritedDescriptors: [Int32: Int32] = [:],
            clockOffset: Duration? = nil
        ) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.workingDirectory = workingDirectory
            self.standardInput = standardInput
            self.standardOutput = standardOutput
            self.standardError = standardError
            self.newSession = newSession
            self.diesWithParent = diesWithParent
            self.inheritedDescriptors = inheritedDescriptors
            self.clockOffset = clockOffset
        }
    }
}

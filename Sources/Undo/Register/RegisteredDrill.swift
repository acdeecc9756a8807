import Glibc
public import Kernel

/// One drill's entry in the register of its host.
public struct RegisteredDrill: Sendable, Equatable {
    /// What its file says.
    struct Contents: Codable, Equatable {
        static let currentVersion = 1

        var version = Contents.currentVersion
        var drill: String
        var process: ProcessIdentity
        var guardian: ProcessIdentity?
        /// Who takes the guardian's place when that has died.
        var standby: ProcessIdentity?
        /// `/proc/sys/kernel/random/boot_id`: after a reboot, process numbers mean nothing any more.
        var boot: String
        /// `pid:[4026531836]`: in another namespace, they mean other processes.
        var processNamespace: String
        var stateDirectory: String
        var use = HostUse()
        /// What it asks for and does not have yet, with what it has; nil when it asks for nothing.
        var asked: HostUse?
    }

    var contents: Contents
    /// Whose it is: the number of a user.
    public var owner: UInt32

    public var drill: String { contents.drill }
    public var process: ProcessIdentity { contents.process }
    public var stateDirectory: String { contents.stateDirectory }
    /// What it has of the host for certain.
    public var use: HostUse { contents.use }
    /// What it has, or is about to have.
    public var sought: HostUse { contents.asked ?? contents.use }

    /// Whether the drill's process lives, and is its owner's.
    ///
    /// Whoever may write an entry may name any process in it: only one's own is believed.
    public var isAlive: Bool { Self.isAlive(process, of: owner) }

    /// Those of its guardian and the standby that live, and are its owner's.
    public var guardians: [ProcessIdentity] {
        [contents.guardian, contents.standby].compactMap { $0 }
            .filter { Self.isAlive($0, of: owner) }
    }

    /// Whether its guardian or the standby lives, which may still be at work when the drill is dead.
    public var isGuarded: Bool { !guardians.isEmpty }

    /// Whether the drill is dead and has left open undo records; false where this user may not see.
    ///
    /// A directory that is not the entry's owner's is not looked into: whoever wrote the entry could
    /// name any.
    var isUnsettled: Bool {
        guard let directory = try? StateDirectory(reading: stateDirectory),
            directory.owner == owner
        else { return false }
        return Reversion(directory: directory).isUnsettled(drill)
    }

    /// Whether it is for a revert: nobody is at work on it, and something is open.
    var isLeft: Bool { !isAlive && !isGuarded && isUnsettled }

    private static func isAlive(_ process: ProcessIdentity, of owner: UInt32) -> Bool {
        ProcessTable.isAlive(process) && FileStatus.of("/proc/\(process.pid)")?.owner == owner
    }

    /// The process namespace that this process is in.
    static let processNamespace: String = {
        var buffer = [CChar](repeating: 0, count: 64)
        let length = readlink("/proc/self/ns/pid", &buffer, buffer.count)
        return String(
            decoding: buffer[..<max(0, length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()
}

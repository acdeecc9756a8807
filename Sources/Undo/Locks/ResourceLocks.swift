import Glibc
import Kernel
import Synchronization

/// Sees to it that one resource of the host has one writer across all its drills.
///
/// A lock is flock(2) on a file below the state directory, so the kernel gives it back when the
/// drill dies, at the latest with the host. The file then still names the drill: until that one is
/// undone, nobody gets the lock. After a reboot the name alone may be left, on a disk, and whether it
/// counts is asked of the drill's journal, which knows its boot.
/// Drills of other users and with other state directories are kept off by the host's register.
public final class ResourceLocks: Sendable {
    private struct Held {
        var file: Descriptor
        var holders: Set<String>
    }

    private let directory: String
    private let drill: String
    private let presence: DrillPresence?
    private let held = Mutex<[String: Held]>([:])

    /// - Parameters:
    ///   - directory: the state directory, see ``StateDirectory/standardPath(environment:)``.
    ///   - drill: the identifier of the drill that takes the locks.
    ///   - presence: its entry in the host's register; nil keeps off the drills of one directory.
    public init(directory: String, drill: String, presence: DrillPresence? = nil) {
        self.directory = directory
        self.drill = drill
        self.presence = presence
    }

    /// Takes a resource for a fault; all faults of one drill share it.
    ///
    /// - Parameters:
    ///   - resource: what is written to, as a reader would name it: `queueing of lo`.
    ///   - reason: why no two drills may have it at one time, where that is not plain.
    ///
    /// Throws ``UndoError`` that names the other drill when one has it or has left it unclean.
    public func take(_ resource: String, for fault: String, because reason: String = "") throws {
        do {
            try take(resource, for: fault)
        } catch let error as UndoError where !reason.isEmpty && error.object == resource {
            var error = error
            error.reason += ", and \(reason)"
            throw error
        }
    }

    private func take(_ resource: String, for fault: String) throws {
        try held.withLock { held in
            if held[resource] == nil {
                let file = try open(resource)
                do {
                    try claim(resource)
                } catch {
                    unlink(path(of: resource))
                    throw error
                }
                held[resource] = Held(file: file, holders: [])
            }
            held[resource]?.holders.insert(fault)
        }
    }

    /// Gives back what a fault had taken; call it when the fault is out and verified.
    public func release(fault: String) {
        held.withLock { held in
            for (resource, lock) in held where lock.holders.contains(fault) {
                held[resource]?.holders.remove(fault)
                guard held[resource]?.holders.isEmpty == true else { continue }
                // Unlinked while it is locked: who waits for this file sees that it lost its name.
                unlink(path(of: resource))
                held[resource] = nil
                presence?.give { $0.resources.remove(resource) }
            }
        }
    }

    /// Takes the resource from all other drills of the host.
    private func claim(_ resource: String) throws {
        try presence?.take({ $0.resources.insert(resource) }) { others in
            guard let other = others.first(where: { $0.isBelieved(toHold: resource) }) else {
                return
            }
            throw refusal(resource, other.hindrance.reason, other.hindrance.remedy)
        }
    }

    private func open(_ resource: String) throws -> Descriptor {
        let state = try StateDirectory(directory)
        try state.makeDirectory("locks")
        // A file that loses its name between two calls was given back: whoever is next makes another.
        for _ in 0..<100 {
            let path = path(of: resource)
            let file = try Descriptor.open(path, flags: O_RDWR | O_CREAT, mode: 0o600)
            let owner = String(decoding: try file.readAll(limit: 256), as: UTF8.self)
            guard file.lockExclusively() else {
                throw refusal(resource, "drill \(owner) is at work on it", "wait for its end")
            }
            // It may have been given back, and its name with it, since it was opened.
            guard FileStatus.of(path)?.inode == (try file.status().inode) else { continue }
            let last = String(decoding: try file.readAll(limit: 256), as: UTF8.self)
            let unsettled = Reversion(directory: state).unsettledDrills()
            if unsettled.contains(where: { $0.drill == last }) {
                throw refusal(
                    resource, "drill \(last) died and is not undone", "run firedrill revert")
            }
            guard ftruncate(file.number, 0) == 0 else {
                throw KernelError(call: "ftruncate", object: path, reason: .errno(errno))
            }
            // Not synced: after a crash of the host there is no lock, and the name means nothing.
            try file.write(Array(drill.utf8), at: 0)
            return file
        }
        throw refusal(resource, "it changes hands all the time", "try again")
    }

    /// Removes the files that still name a drill, which has died and is undone.
    static func sweep(_ directory: String, of drill: String) {
        for name in Descriptor.names(in: "\(directory)/locks") {
            let path = "\(directory)/locks/\(name)"
            guard let file = try? Descriptor.openRegular(path, isWritten: true),
                String(decoding: (try? file.readAll(limit: 256)) ?? [], as: UTF8.self) == drill,
                file.lockExclusively(),
                // Another drill may have taken it, or given it back, since it was opened.
                String(decoding: (try? file.readAll(limit: 256)) ?? [], as: UTF8.self) == drill,
                FileStatus.of(path)?.inode == (try? file.status().inode)
            else { continue }
            unlink(path)
        }
    }

    private func refusal(_ resource: String, _ reason: String, _ remedy: String) -> UndoError {
        UndoError(attempted: "take", object: resource, reason: reason, remedy: remedy)
    }

    private func path(of resource: String) -> String {
        let name = resource.utf8.map { byte -> String in
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                || (0x61...0x7a).contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "-"
        }
        return "\(directory)/locks/\(name.joined()).lock"
    }
}

extension ControlGroup {
    /// The group of a systemd unit: `redis-server`, `redis-server.service`, `user.slice`.
    ///
    /// Found by its directory, which systemd names after the unit (systemd.slice(5)); nil when no
    /// unit of this name runs anything now, or several do.
    public static func ofUnit(_ unit: String) -> ControlGroup? {
        let found = ofUnits(named: unit)
        return found.count == 1 ? found[0] : nil
    }

    /// The groups that a unit's name can mean: the host's own where there is one, else all.
    ///
    /// A container with a systemd of its own, and each user's, may run a unit of the same name.
    public static func ofUnits(named unit: String) -> [ControlGroup] {
        guard let root else { return [] }
        let name = unit.contains(".") ? unit : unit + ".service"
        let places = directories(below: root).filter { $0.split(separator: "/").last == name[...] }
        return ofHost(places, root: root).compactMap { place in
            FileStatus.of(place).map { ControlGroup(path: place, inode: $0.inode) }
        }
    }

    /// Those of the directories that the host's systemd has made, or all when it has made none.
    ///
    /// It puts units into slices alone; others' are below a service or a scope.
    static func ofHost(_ places: [String], root: String) -> [String] {
        let own = places.filter { place in
            place.dropFirst(root.count).split(separator: "/").dropLast()
                .allSatisfy { $0.hasSuffix(".slice") }
        }
        return own.isEmpty ? places : own
    }

    /// The group of a container, by its id or at least twelve digits of it.
    ///
    /// Docker, Podman, containerd, nerdctl and CRI-O name the directory after the whole id, with a
    /// word of their own before it where systemd makes it (`docker-ID.scope`). Nil when there is
    /// none.
    public static func ofContainer(_ identifier: String) -> ControlGroup? {
        guard identifier.utf8.count >= 12, identifier.allSatisfy(\.isHexDigit) else { return nil }
        return first { containerIdentifier(in: $0)?.hasPrefix(identifier) == true }
    }

    /// The container's id in a directory's name: 64 hexadecimal digits, or nil.
    static func containerIdentifier(in name: String) -> String? {
        var word = Substring(name)
        if word.hasSuffix(".scope") { word.removeLast(".scope".count) }
        if let dash = word.lastIndex(of: "-") { word = word[word.index(after: dash)...] }
        // Podman keeps its watcher of a container in a group of its own: libpod-conmon-ID.scope.
        guard !name.contains("conmon"), word.utf8.count == 64, word.allSatisfy(\.isHexDigit) else {
            return nil
        }
        return String(word)
    }

    private static func first(where fits: (String) -> Bool) -> ControlGroup? {
        guard let root else { return nil }
        for directory in directories(below: root) {
            guard let name = directory.split(separator: "/").last, fits(String(name)),
                let status = FileStatus.of(directory)
            else { continue }
            return ControlGroup(path: directory, inode: status.inode)
        }
        return nil
    }
}

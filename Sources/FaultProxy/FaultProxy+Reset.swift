extension FaultProxy {
    /// Resets the open connections of clients on these ports: both of their ends get a RST.
    ///
    /// New connections are accepted as ever. Returns how many connections were reset; a port without
    /// one is no error.
    @discardableResult
    public func reset(clientPorts: Set<Int>) async -> Int {
        await core.onEveryConnection { connection in
            guard let port = connection.clientPort, clientPorts.contains(port) else { return 0 }
            connection.reset()
            return 1
        }.sum
    }
}

import Kernel

/// The kernel's file systems.
struct KernelDisk: FillableDisk {
    func mountPoint(of path: String) throws -> String {
        guard let point = FileSystem.mountPoint(of: path) else {
            throw KernelError(
                call: "realpath", object: path,
                reason: .refused("it is on no file system that this process sees"))
        }
        return point
    }

    func space(at path: String) throws -> DiskSpace {
        let statistics = try FileSystem.statistics(at: path)
        return DiskSpace(
            total: statistics.totalBytes, available: statistics.availableBytes,
            block: statistics.blockBytes)
    }

    func makeBallast(in directory: String) throws -> any DiskBallast {
        try Ballast(directory: directory)
    }
}

extension Ballast: DiskBallast {}

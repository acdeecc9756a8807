// swift-tools-version: 6.2
import PackageDescription

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let arguments: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "firedrill",
    products: [
        .executable(name: "firedrill", targets: ["firedrill"]),
        .executable(name: "firedrill-guardian", targets: ["firedrill-guardian"]),
        .executable(name: "firedrill-service", targets: ["firedrill-service"]),
        .executable(name: "refqueue", targets: ["refqueue"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", exact: "0.2.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CNetlink", pkgConfig: "libnl-route-3.0",
            providers: [
                .apt(["libnl-3-dev", "libnl-route-3-dev"])
            ]),
        .target(name: "CLinux"),
        .target(name: "Kernel", dependencies: ["CLinux", "CNetlink"]),
        .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),
        .target(name: "Playbooks", dependencies: ["CYAML"]),
        .target(name: "Records", dependencies: ["Playbooks"]),
        .target(name: "Undo", dependencies: ["Kernel", "Playbooks", "Records"]),
        .target(name: "FaultProxy", dependencies: ["Records"] + nio),
        .target(
            name: "Systems",
            dependencies: [
                "Playbooks", "Records", "Kernel", "Undo", "FaultProxy",
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ] + nio),
        .target(
            name: "Faults",
            dependencies: [
                "Playbooks", "Records", "Kernel", "Undo", "FaultProxy", "Systems",
            ]),
        .target(
            name: "Workloads",
            dependencies: [
                "Playbooks", "Records", "Systems",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ] + nio),
        .target(
            name: "Probes",
            dependencies: ["Playbooks", "Records", "Kernel", "Systems"] + nio),
        .target(name: "Checks", dependencies: ["Playbooks", "Records"]),
        .target(
            name: "Drills",
            dependencies: [
                "Playbooks", "Records", "Kernel", "Undo", "FaultProxy", "Systems", "Faults",
                "Workloads", "Probes", "Checks",
            ]),
        .target(name: "Reports", dependencies: ["Playbooks", "Records"]),
        .systemLibrary(
            name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
        .target(
            name: "Incidents",
            dependencies: [
                "CZip", "Playbooks", "Records", "Kernel", "Systems", "Reports",
                .product(name: "Crypto", package: "swift-crypto"),
            ] + nio),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "Postgres", dependencies: ["CPostgres"]),
        .target(
            name: "History",
            dependencies: [
                "Records", "Kernel", "Postgres", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .target(
            name: "Scheduler",
            dependencies: [
                "Playbooks", "Records", "Kernel", "Postgres",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .target(
            name: "Web",
            dependencies: [
                "Records", "Kernel", "Drills", "Reports", "History",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ] + nio),
        .target(
            name: "ReferenceQueue",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ] + nio),
        .executableTarget(
            name: "firedrill",
            dependencies: [
                "Playbooks", "Records", "Kernel", "Undo", "Drills", "Reports", arguments,
            ]),
        .executableTarget(name: "firedrill-guardian", dependencies: ["Undo"]),
        .executableTarget(
            name: "firedrill-service",
            dependencies: [
                "Playbooks", "Records", "Kernel", "Undo", "Faults", "Drills", "Reports", "History",
                "Incidents", "Scheduler", "Web", arguments,
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], exclude: ["Packaging"]),
        .executableTarget(
            name: "refqueue",
            dependencies: [
                "ReferenceQueue", .product(name: "Logging", package: "swift-log"), arguments,
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        .testTarget(name: "RecordsTests", dependencies: ["Records"]),
        .testTarget(
            name: "PlaybooksTests",
            dependencies: ["Playbooks", "Drills"]),
        .target(
            name: "TestSupport", dependencies: ["Kernel", "Records", "History"],
            path: "Tests/TestSupport"),
        .testTarget(name: "KernelTests", dependencies: ["Kernel", "TestSupport"]),
        .testTarget(
            name: "UndoTests", dependencies: ["Undo", "Kernel", "Records", "TestSupport"]),
        .testTarget(
            name: "FaultProxyTests", dependencies: ["FaultProxy", "Kernel", "Records"] + nio),
        .testTarget(
            name: "SystemsTests",
            dependencies: ["Systems", "FaultProxy", "Undo", "Kernel", "Records", "Playbooks"] + nio),
        .testTarget(
            name: "FaultsTests",
            dependencies: [
                "Faults", "Systems", "FaultProxy", "Undo", "Kernel", "Records", "Playbooks",
                "TestSupport",
            ] + nio),
        .testTarget(
            name: "WorkloadsTests",
            dependencies: ["Workloads", "Systems", "Records", "Playbooks"]),
        .testTarget(
            name: "ProbesTests",
            dependencies: [
                "Probes", "Systems", "Kernel", "Records", "Playbooks",
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ] + nio),
        .testTarget(name: "ChecksTests", dependencies: ["Checks", "Records", "Playbooks"]),
        .testTarget(
            name: "DrillsTests",
            dependencies: [
                "Drills", "Faults", "Systems", "Workloads", "Probes", "Checks", "Undo", "Kernel",
                "Records", "Playbooks",
            ]),
        .testTarget(name: "ReportsTests", dependencies: ["Reports", "Records", "Playbooks"]),
        .testTarget(name: "HistoryTests", dependencies: ["History", "Records", "TestSupport"]),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "Web", "History", "Records", "Kernel", "TestSupport",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "IncidentsTests",
            dependencies: [
                "Incidents", "Playbooks", "Records", "Reports", "Systems",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ] + nio),
        .testTarget(
            name: "ReferenceQueueTests",
            dependencies: [
                "ReferenceQueue",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ] + nio),
        .testTarget(
            name: "SchedulerTests",
            dependencies: [
                "Scheduler", "Playbooks", "Records", "Kernel",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            exclude: ["Fixtures"]),
        .target(
            name: "HostResidue", dependencies: ["Kernel", "Undo"], path: "Tests/HostResidue"),
        .executableTarget(
            name: "crash-campaign", dependencies: ["HostResidue", "Kernel", "Records"],
            path: "Tests/CrashCampaign"),
        .executableTarget(
            name: "schedule-load", dependencies: ["Scheduler", "Kernel"],
            path: "Tests/ScheduleLoad"),
        .testTarget(
            name: "Privileged",
            dependencies: [
                "Faults", "Systems", "Undo", "Kernel", "Records", "Playbooks", "lab-injector",
                "firedrill-guardian", "TestSupport", "HostResidue",
            ]),
        .testTarget(
            name: "Acceptance",
            dependencies: [
                "Records", "Kernel", "Undo", "Postgres", "Scheduler", "History", "TestSupport",
                "crash-campaign",
            ]),
        .testTarget(
            name: "KernelLab",
            dependencies: [
                "Kernel", "CLinux", "Undo", "Records", "Faults", "lab-injector",
                "firedrill-guardian",
            ], exclude: ["Machine"]),
        .executableTarget(
            name: "lab-injector", dependencies: ["Kernel", "Undo"], path: "Tests/LabInjector"),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    guard target.name != "CLinux" else { continue }
    target.swiftSettings = [
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
        .enableUpcomingFeature("ExistentialAny"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
        .enableUpcomingFeature("MemberImportVisibility"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
        .enableUpcomingFeature("InternalImportsByDefault"),
        .treatAllWarnings(as: .error),
    ]
}

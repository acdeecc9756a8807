public import Playbooks

/// Every kind of target that this build of Firedrill can drill.
public enum SystemCatalogue {
    private static let systems: [any SystemUnderTest.Type] = [
        ReferenceSystem.self, RedisSystem.self, NoSystem.self,
    ]

    /// What `target:` may say, one declaration a kind.
    public static var declarations: [KindDeclaration] { systems.map { $0.declaration } }

    /// Makes the system that a playbook names; throws a ``SystemError`` for an unknown kind or for
    /// settings that do not fit together.
    public static func make(_ target: Target) throws -> any SystemUnderTest {
        guard let system = systems.first(where: { $0.declaration.kind == target.kind }) else {
            let kinds = declarations.map(\.kind).joined(separator: ", ")
            throw SystemError(
                attempt: "find the target's kind", reason: "'\(target.kind)' is unknown",
                remedy: "write one of \(kinds)")
        }
        return try system.init(target: target)
    }
}

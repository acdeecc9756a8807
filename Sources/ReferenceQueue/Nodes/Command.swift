/// One thing for the commit loop to do; it does them one after the other.
enum Command: Sendable {
    /// Decide, make durable, answer.
    case operation(Operation, @Sendable (Outcome) -> Void)
    case promote(epoch: Int64)
    case demote
    /// Forget old idempotency keys.
    case forgetKeys
}

import Playbooks

extension FaultStep {
    /// An error of a step that no fault can ever be made of.
    func problem(_ reason: String, _ remedy: String) -> FaultError {
        FaultError(
            attempted: "make the fault", object: name, reason: reason,
            remedy: remedy)
    }

    /// How long the fault is held; throws ``FaultError`` when the step does not say.
    func requiredDuration() throws -> Duration {
        guard let duration, duration > .zero else {
            throw problem("it does not say how long", "add 'for: 10 s'")
        }
        return duration
    }
}

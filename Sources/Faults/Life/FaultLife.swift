public import Records

/// Takes one fault through its life: see "The life of one fault" in the design.
public struct FaultLife: Sendable {
    private let fault: any Fault
    private let context: FaultContext

    public init(_ fault: any Fault, context: FaultContext) {
        self.fault = fault
        self.context = context
    }

    /// Puts the fault in, holds it for the step's time, takes it out, and returns its record.
    ///
    /// Never throws: what went wrong is in the record. When the surrounding task is cancelled, at
    /// any point, the fault is still taken out and verified before this returns.
    public func run() async -> FaultRecord {
        await FaultLifeDriver(fault, context: context).run()
    }
}

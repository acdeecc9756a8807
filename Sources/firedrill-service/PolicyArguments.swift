public import ArgumentParser
public import Scheduler

extension OverlapPolicy: ExpressibleByArgument {}
extension MissedPolicy: ExpressibleByArgument {}

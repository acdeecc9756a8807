import ArgumentParser

/// `firedrill schedule`: the playbooks that are run again and again.
struct ScheduleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Run playbooks again and again: add, list and change their schedules.",
        discussion: """
            'firedrill serve' runs them. A time of the day at which clocks are put forward, so that \
            it does not exist, is due once at the first moment after the gap; one that clocks show \
            twice is due the first time. A cron expression whose hours begin with '*' goes on evenly.
            """,
        subcommands: [
            ScheduleAdd.self, ScheduleList.self, ScheduleShow.self, SchedulePause.self,
            ScheduleResume.self, ScheduleRemove.self, ScheduleRunNow.self, ScheduleNext.self,
            ScheduleRun.self,
        ])
}

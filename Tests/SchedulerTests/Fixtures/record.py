#!/usr/bin/env python3
"""Records what other implementations say when cron expressions are due.

    python3 -m venv venv && venv/bin/pip install croniter==7.0.0
    venv/bin/python Tests/SchedulerTests/Fixtures/record.py

croniter.tsv: croniter says which times of a calendar an expression names, Python's zoneinfo which
moments those are; the rule for days on which clocks change is applied here by walking over every
minute, not by the arithmetic that is under test. systemd.tsv: `systemd-analyze calendar` alone, for
expressions that mean the same to both, away from the hours in which clocks change.
One line: expression, zone, start in seconds since 1970, the next due moments.
"""
import pathlib
import random
import re
import subprocess
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from croniter import croniter

HERE = pathlib.Path(__file__).parent
UTC = timezone.utc
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Auckland",
         "America/Santiago", "Asia/Kathmandu", "Africa/Casablanca", "UTC"]
# Days around which clocks change in one of these zones, leap days and ends of years.
STARTS = ["2026-03-28", "2026-10-24", "2026-03-07", "2026-10-31", "2026-04-04", "2026-10-03",
          "2026-09-26", "2026-04-05", "2026-09-05", "2026-02-17", "2028-02-28", "2027-12-31"]


def matches(expression, wall):
    return croniter.match(expression, wall)


def due(expression, zone, start, end):
    """Every due moment in (start, end], minute by minute."""
    zone = ZoneInfo(zone)
    every_so_often = expression.split()[1].startswith("*")
    found, seen = [], set()
    before = datetime.fromtimestamp(start, UTC).astimezone(zone).replace(tzinfo=None)
    for second in range(start + 60, end + 1, 60):
        wall = datetime.fromtimestamp(second, UTC).astimezone(zone).replace(tzinfo=None)
        shown = [wall]
        if not every_so_often:
            # What a gap has swallowed comes at its end.
            skipped = before + timedelta(minutes=1)
            while skipped < wall:
                shown.append(skipped)
                skipped += timedelta(minutes=1)
        for time in shown:
            if not matches(expression, time):
                continue
            if every_so_often or time not in seen:
                if not found or found[-1] != second:
                    found.append(second)
            seen.add(time)
        before = wall
    return found


def field(generator, low, high, names=None):
    kind = generator.randrange(6)
    if kind <= 1:
        return "*"
    if kind == 2:
        return f"*/{generator.choice([2, 3, 5, 7, 10, 15])}" if high > 20 else str(generator.randint(low, high))
    if kind == 3:
        # croniter reads `5-5` as all days of the week.
        first = generator.randint(low, high - 1)
        return f"{first}-{generator.randint(first + 1, high)}"
    if kind == 4:
        return ",".join(str(v) for v in sorted(generator.sample(range(low, high + 1), 3)))
    value = generator.randint(low, high)
    return names[value - low] if names else str(value)


MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()


def calendars(generator, count):
    """Random expressions in UTC, with croniter's own search."""
    while count:
        fields = [field(generator, 0, 59), field(generator, 0, 23), field(generator, 1, 31),
                  field(generator, 1, 12, MONTHS), field(generator, 0, 6, DAYS)]
        # Cron and croniter read a step beside a weekday differently.
        if fields[2].startswith("*/") and fields[4] != "*":
            continue
        expression = " ".join(fields)
        start = int(datetime(2023, 1, 1, tzinfo=UTC).timestamp()) + generator.randrange(3 * 366 * 86400)
        try:
            search = croniter(expression, datetime.fromtimestamp(start, UTC))
            moments = [int(search.get_next(float)) for _ in range(5)]
        except Exception:
            continue
        yield expression, "UTC", start, moments
        count -= 1


def special(generator, count):
    """Last days, nearest workdays and counted weekdays, as far as croniter knows them."""
    while count:
        days, weekdays = "*", "*"
        kind = generator.randrange(5)
        if kind == 0:
            days = "L" if generator.randrange(2) else f"L,{generator.randint(1, 28)}"
        elif kind == 1:
            days = f"{generator.randint(1, 31)}W"
        elif kind == 2:
            weekdays = f"L{generator.randint(0, 6)}"
        elif kind == 3:
            weekdays = f"{generator.choice(DAYS)}#{generator.randint(1, 5)}"
        else:
            weekdays = f"{generator.choice(DAYS)}#{generator.randint(1, 4)},L{generator.randint(0, 6)}"
        fields = [str(generator.randint(0, 59)), str(generator.randint(0, 23)), days,
                  field(generator, 1, 12, MONTHS), weekdays]
        start = int(datetime(2023, 1, 1, tzinfo=UTC).timestamp()) + generator.randrange(6 * 366 * 86400)
        try:
            search = croniter(" ".join(fields), datetime.fromtimestamp(start, UTC))
            moments = [int(search.get_next(float)) for _ in range(6)]
        except Exception:
            continue
        # `5L` is how Quartz writes croniter's `L5`.
        if kind == 2 and generator.randrange(2):
            fields[4] = fields[4][1:] + "L"
        yield " ".join(fields), "UTC", start, moments
        count -= 1


def changes(generator):
    """Expressions on the days on which clocks change."""
    expressions = ["30 2 * * *", "0,30 2 * * *", "*/20 * * * *", "15 1-3 * * *", "0 0 * * *",
                   "59 23 * * *", "0 */2 * * *", "5 2 * * SUN", "45 1,2,3 1-7,25-31 * *"]
    for zone in ZONES:
        for day in STARTS:
            for expression in generator.sample(expressions, 3):
                start = int(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).timestamp())
                moments = due(expression, zone, start, start + 3 * 86400)[:12]
                if moments:
                    yield expression, zone, start, moments


SYSTEMD = [("0 10 * * 1-4", "Mon..Thu *-*-* 10:00:00"), ("15 14 1 * *", "*-*-01 14:15:00"),
           ("0 22 * * 1-5", "Mon..Fri *-*-* 22:00:00"), ("23 12 29 2 *", "*-02-29 12:23:00"),
           ("0 6 31 * *", "*-*-31 06:00:00"), ("5 4 * * 0", "Sun *-*-* 04:05:00"),
           ("*/10 9-17 * 6,7 *", "*-06,07-* 09..17:00/10:00"), ("0 12 13 * *", "*-*-13 12:00:00"),
           ("30 23 31 12 *", "*-12-31 23:30:00"), ("0 8 * 1-3 6", "Sat *-01..03-* 08:00:00")]


def systemd():
    for zone in ZONES:
        for expression, calendar in SYSTEMD:
            for day in ["2026-01-15 12:00:00", "2027-06-30 23:59:59"]:
                answer = subprocess.run(
                    ["systemd-analyze", "calendar", "--iterations=6", f"--base-time={day} UTC",
                     f"{calendar} {zone}"], env={"TZ": "UTC", "LC_ALL": "C", "PATH": "/usr/bin:/bin"},
                    capture_output=True, text=True, check=True).stdout
                moments = [int(datetime.strptime(m, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp())
                           for m in re.findall(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", answer)]
                start = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
                moments = sorted({m for m in moments if m > start})
                if moments:
                    yield expression, zone, start, moments


def write(name, rows):
    with open(HERE / name, "w") as file:
        for expression, zone, start, moments in rows:
            file.write(f"{expression}\t{zone}\t{start}\t{','.join(map(str, moments))}\n")


generator = random.Random(20261121)
write("croniter.tsv", list(calendars(generator, 400)) + list(changes(generator))
      + list(special(generator, 300)))
write("systemd.tsv", systemd())

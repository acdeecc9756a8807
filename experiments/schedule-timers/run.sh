#!/bin/sh
# Prints how late 10,000 drills start that are due in the same second, on one core, and what memory a
# million registered schedules take.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
swift build --package-path "$top" -c release --product schedule-load
load=$top/.build/release/schedule-load
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for round in 1 2 3; do
    taskset -c 0 "$load" due 10000 "$work/due-$round"
done
"$load" fill 1000000 "$work/many"
"$load" register 1000000 "$work/many"

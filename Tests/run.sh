#!/usr/bin/env bash
# Runs the tests of one module, one after the other: Tests/run.sh MODULE [COMMAND...], in which
# COMMAND goes before the test program. What they print is kept in .build/MODULE.tests.
#
# Tests that hang are ended and have failed, and so has a module that has none. A machine that is
# shared with strangers now and then fails a test that is sound: the files of at most three tests
# that failed are run once more by themselves. Their names are printed and kept in .build/unsteady,
# which `make test` ends with; to fail twice is to fail. The last line is how long all of it took.
set -uo pipefail
cd "$(dirname "$0")/.."
module=$1
shift
trap 'echo "$module: $SECONDS s"' EXIT
# What a module's tests may take, in seconds; the longest take half of it.
limit=2100
log=.build/$module.tests
unsteady=.build/unsteady
[ ! -e "$unsteady" ] || sed -i "/^unsteady: $module,/d" "$unsteady"

# Runs the tests that match $1; without `swift test` around it, the program's output is not held
# back when it has to be ended.
run() {
    timeout --foreground --signal=INT --kill-after=20 "$limit" \
        "${command[@]}" .build/debug/firedrillPackageTests.xctest \
        --testing-library swift-testing --no-parallel --filter "$1" 2>&1 | tee "$2"
    local status=${PIPESTATUS[0]}
    grep -q 'Test run with 0 tests' "$2" && status=1
    [ "$status" = 0 ] || echo "status $status" | tee -a "$2"
    return "$status"
}

command=("$@")
run "^$module\\." "$log"
status=$?
# Another status than 1 is a crash or an end by the limit, which no second try excuses.
[ "$status" = 1 ] || exit "$status"

failed=$(sed -nE 's/.* recorded an issue .*at ([A-Za-z0-9+]+)\.swift:.*/\1/p' "$log" | sort -u)
[ -n "$failed" ] && [ "$(wc -l <<<"$failed")" -le 3 ] || exit 1
echo "once more: $(tr '\n' ' ' <<<"$failed")"
for file in $failed; do
    run "^$module\\..*/${file//+/\\+}\\.swift:" "$log.again" || exit 1
    echo "unsteady: $module, $file.swift failed once and then passed" | tee -a "$unsteady"
done

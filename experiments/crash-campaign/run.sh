#!/usr/bin/env bash
# Kills drills of every-kind.yaml at random instants, and looks at the host afterwards.
#
# Needs root, util-linux, iproute2, python3, `make build` and `swift build --build-tests`. RUNS, SEED,
# FIRST and WORKERS say what is run; OUTPUT names the file that results are appended to.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
runs=${RUNS:-1000} seed=${SEED:-1} first=${FIRST:-0} workers=${WORKERS:-4}
output=${OUTPUT:-$here/results.jsonl}
scratch=$(mktemp -d)
children=()
# The workers first: to remove a directory that a living namespace has mounted on takes the mounts out
# of it, and a loop device whose image lies in them then keeps them, and itself, for ever.
finish() {
    for child in "${children[@]}"; do
        # The first process of its namespace; unshare ends when all of them have.
        pkill -KILL -P "$child" || true
        wait "$child" || true
    done
    collect
    rm -rf "$scratch"
}
# Also when it is ended before its time. Where this machine keeps its scratch is nobody's affair.
collect() {
    sed -E "s#$scratch/[0-9]+/(evidence/[^/ ]*/)?##g" "$scratch"/*.jsonl >>"$output"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

each=$(((runs + workers - 1) / workers))
for ((worker = 0; worker < workers; worker++)); do
    mkdir "$scratch/$worker"
    unshare --net --pid --mount --fork --kill-child --mount-proc \
        "${CAMPAIGN:-$top/.build/debug/crash-campaign}" "${PROGRAMS:-$top/.build/release}" \
        "$here/every-kind.yaml" "$scratch/$worker" "$seed" $((first + worker * each)) "$each" 17000 \
        >"$scratch/$worker.jsonl" &
    children+=($!)
done
status=0
for child in "${children[@]}"; do wait "$child" || status=$?; done
collect
collect() { :; }
python3 "$here/summary.py" "$output"
exit "$status"

#!/usr/bin/env bash
# What a qdisc, a whole fault and its undo cost by netlink, beside tc as a process; needs root.
# `run.sh lab` measures in the lab's virtual machine, whose kernel has netem.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ "${1:-}" != measure ]; then
    swift build -c release --product lab-injector >/dev/null
    swift build -c release --product firedrill-guardian >/dev/null
fi
if [ "${1:-}" = lab ]; then
    # Its root takes no O_TMPFILE, which undo records need; /run is memory, so a sync costs nothing there.
    exec Tests/KernelLab/Machine/boot.sh env TMPDIR=/run experiments/netlink-cost/run.sh measure
fi
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
fault=htb
# netem where the kernel has it, which a namespace of its own finds out.
if unshare -n tc qdisc add dev lo root netem delay 1ms 2>/dev/null; then fault=netem; fi

unshare -n bash -c "ip link set lo up; exec .build/release/lab-injector \
    '$PWD/.build/release/firedrill-guardian' '$state/journal' $fault measure"

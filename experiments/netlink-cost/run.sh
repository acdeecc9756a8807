#!/usr/bin/env bash
# What a qdisc, a whole fault and its undo cost by netlink, beside tc as a process; needs root.
set -euo pipefail
cd "$(dirname "$0")/../.."

swift build -c release --product lab-injector >/dev/null
swift build -c release --product firedrill-guardian >/dev/null
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
fault=htb
# netem where the kernel has it, which a namespace of its own finds out.
if unshare -n tc qdisc add dev lo root netem delay 1ms 2>/dev/null; then fault=netem; fi

unshare -n bash -c "ip link set lo up; exec .build/release/lab-injector \
    '$PWD/.build/release/firedrill-guardian' '$state/journal' $fault measure"

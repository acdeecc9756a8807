#!/usr/bin/env bash
# How long ten faults take to come out, from SIGINT and from `firedrill halt`.
#
# Needs root, util-linux, iproute2, python3 and the programs of `make build`, or of the directory that
# RELEASE names. RUNS sets how many, HOW which of the two.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
release=$(cd "${RELEASE:-$here/../../.build/release}" && pwd)
echo "$(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), Linux $(uname -r), $(date -u +%F)"
for playbook in ten-faults ten-slow-faults; do
    for how in ${HOW:-INT HALT}; do
        # A network of its own: the host's loopback interface is not disturbed.
        unshare --net --mount bash -c 'ip link set lo up && exec "$@"' - \
            python3 "$here/measure.py" "$release/firedrill" "$here/$playbook.yaml" "${RUNS:-100}" "$how"
    done
done
echo "load $(cut -d' ' -f1 /proc/loadavg) at the end"

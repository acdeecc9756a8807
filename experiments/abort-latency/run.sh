#!/usr/bin/env bash
# How long ten faults take to come out, from SIGINT and from `firedrill halt`.
#
# Needs root, util-linux, iproute2, python3 and the programs of `make build`. RUNS sets how many.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
release=$(cd "$here/../../${RELEASE:-.build/release}" && pwd)
echo "$(nproc) cores, Linux $(uname -r), $(date -u +%F)"
for how in INT HALT; do
    # A network of its own: the host's loopback interface is not disturbed.
    unshare --net --mount bash -c 'ip link set lo up && exec "$@"' - \
        python3 "$here/measure.py" "$release/firedrill" "$here/ten-faults.yaml" "${RUNS:-100}" "$how"
done

#!/usr/bin/env bash
# What a workload of 2,000 messages a second costs the harness, beside a bare client in C, in turns.
# Needs: cc, python3, and the programs of `make build`. RUNS and SECONDS_EACH set how much.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
release=$(cd "$here/../../${RELEASE:-.build/release}" && pwd)
client=$(mktemp)
trap 'rm -f "$client"' EXIT
"${CC:-cc}" -O2 -Wall -Wextra -o "$client" "$here/bare-client.c"

echo "$(nproc) cores, Linux $(uname -r), $(date -u +%F)"
python3 "$here/compare.py" "$release" "$client" "${RUNS:-5}" "${SECONDS_EACH:-15}"

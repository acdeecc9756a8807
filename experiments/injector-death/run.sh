#!/usr/bin/env bash
# SIGKILL of an injector at random moments of a fault's life, on this host and in the lab; needs root.
# MOMENTS: how many of each.
set -euo pipefail
cd "$(dirname "$0")/../.."

moments=${MOMENTS:-200}
swift build --build-tests >/dev/null
tests=(.build/debug/firedrillPackageTests.xctest --testing-library swift-testing --no-parallel)

env FIREDRILL_MOMENTS="$moments" "${tests[@]}" --filter '^Privileged\.InjectorDeathTests/moments' |
    grep -E 'SIGKILL at|nothing left|recorded an issue|Test run'
FIREDRILL_LAB_LIMIT=1800 Tests/KernelLab/Machine/boot.sh env FIREDRILL_LAB_MOMENTS="$moments" \
    "${tests[@]}" --filter '^KernelLab\.InjectorDeathTests/moments' |
    grep -E 'SIGKILL at|recorded an issue|Test run'

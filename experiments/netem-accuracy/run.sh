#!/usr/bin/env bash
# What netem achieves of what is asked of it, in the lab: delays, losses with bursts, rates; needs qemu.
set -euo pipefail
cd "$(dirname "$0")/../.."

swift build --build-tests >/dev/null
FIREDRILL_LAB_LIMIT=1800 Tests/KernelLab/Machine/boot.sh \
    .build/debug/firedrillPackageTests.xctest --testing-library swift-testing --no-parallel \
    --filter '^KernelLab\.AccuracyTests' | grep -E '^accuracy|recorded an issue|Test run'

#!/usr/bin/env bash
# A playbook of one trivial command probe, beside the same experiment of Chaos Toolkit, in turns.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=.build/experiments/chaostoolkit
[ -x "$tools/bin/chaos" ] || { python3 -m venv "$tools" && "$tools/bin/pip" -q install chaostoolkit==1.19.0; }
evidence=$(mktemp -d)
trap 'rm -rf "$evidence"' EXIT

export FIREDRILL_EVIDENCE="$evidence" FIREDRILL_STATE="$evidence/state"
python3 experiments/measure.py "${RUNS:-7}" \
    "firedrill=.build/release/firedrill run --quiet playbooks/one-probe.yaml" \
    "chaostoolkit=$tools/bin/chaos --no-version-check --log-file $evidence/chaos.log run --journal-path $evidence/journal.json experiments/engine-overhead/one-probe.json"

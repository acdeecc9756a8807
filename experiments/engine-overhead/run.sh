#!/usr/bin/env bash
# A playbook of one trivial command probe, beside the same experiment of Chaos Toolkit, in turns:
# with the extension that writes its reports, as Firedrill's run does too; by itself; with the oldest
# library that its release takes; and with no bytecode kept.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=.build/experiments
install() { # NAME LIBRARY-VERSION [EXTENSION]
    [ -x "$tools/$1/bin/chaos" ] && return
    python3 -m venv "$tools/$1"
    "$tools/$1/bin/pip" -q install chaostoolkit==1.19.0 "chaostoolkit-lib==$2" ${3+"$3"}
}
install chaostoolkit-reporting 1.44.0 chaostoolkit-reporting==0.18.0
install chaostoolkit-1.44.0 1.44.0
install chaostoolkit-1.42.0 1.42.0
evidence=$(mktemp -d)
trap 'rm -rf "$evidence"' EXIT

experiment="--no-version-check --log-file $evidence/chaos.log run \
    --journal-path $evidence/journal.json experiments/engine-overhead/one-probe.json"
uncompiled="env PYTHONDONTWRITEBYTECODE=1 PYTHONPYCACHEPREFIX=$evidence/none"
export FIREDRILL_EVIDENCE="$evidence" FIREDRILL_STATE="$evidence/state"
python3 experiments/measure.py "${RUNS:-7}" \
    "firedrill=.build/release/firedrill run --quiet --yes playbooks/one-probe.yaml" \
    "chaostoolkit 1.19.0 and chaostoolkit-reporting=$tools/chaostoolkit-reporting/bin/chaos $experiment" \
    "chaostoolkit 1.19.0, lib 1.44.0=$tools/chaostoolkit-1.44.0/bin/chaos $experiment" \
    "the same, lib 1.42.0=$tools/chaostoolkit-1.42.0/bin/chaos $experiment" \
    "lib 1.44.0, no bytecode kept=$uncompiled $tools/chaostoolkit-1.44.0/bin/chaos $experiment"

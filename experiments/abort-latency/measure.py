"""Interrupts drills with ten faults in, and says how long the last of them took to come out.

measure.py FIREDRILL PLAYBOOK RUNS SIGNAL: the time is taken from outside, from the kill(2) until the
line that says so of the last fault arrives on standard output. SIGNAL is INT, or HALT for
`firedrill halt`.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

FAULTS = 10


def run(firedrill, playbook, how, directory, seed):
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": directory, "FIREDRILL_POLICY": "",
        "FIREDRILL_STATE": f"{directory}/state", "FIREDRILL_EVIDENCE": f"{directory}/evidence",
    }
    drill = subprocess.Popen(
        [firedrill, "run", playbook, "--yes", "--json", "--seed", str(seed)], env=environment,
        stdout=subprocess.PIPE, text=True)
    inside, started, last, verdict = set(), None, None, None
    for line in drill.stdout:
        now = time.monotonic()
        record = json.loads(line)
        event = record.get("event", {})
        if event.get("kind") == "faultInjected":
            inside.add(event["subject"])
            if len(inside) == FAULTS:
                time.sleep(random.Random(seed).uniform(0, 2))
                started = time.monotonic()
                if how == "HALT":
                    subprocess.Popen([firedrill, "halt"], env=environment,
                                     stdout=subprocess.DEVNULL)
                else:
                    drill.send_signal(signal.SIGINT)
        if event.get("kind") == "faultReverted" and started:
            last = now
        if record.get("type") == "verdict":
            verdict = record["verdict"]
    code = drill.wait()
    if verdict is None:
        sys.exit(f"seed {seed}: no verdict, {len(inside)} faults were in, ended with {code}")
    shutil.rmtree(f"{directory}/evidence")
    shutil.rmtree(f"{directory}/state", ignore_errors=True)
    undo = [fault["undo"] for fault in verdict["faults"]]
    if len(inside) != FAULTS or undo != ["clean"] * FAULTS or verdict["outcome"] != "aborted":
        sys.exit(f"seed {seed}: {len(inside)} faults were in, undo {undo}, {verdict['reason']}")
    return (last - started) * 1000, verdict["abortLatency"] / 1e6


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main():
    firedrill, playbook, runs, how = sys.argv[1:]
    directory = tempfile.mkdtemp()
    try:
        rows = [run(firedrill, playbook, how, directory, seed) for seed in range(1, int(runs) + 1)]
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    for name, values in (("seen from outside", [row[0] for row in rows]),
                         ("told by the drill", [row[1] for row in rows])):
        print(f"{os.path.basename(playbook)}, {how}, {len(values)} drills, {name}: "
              f"p50 {quantile(values, 0.5):.0f} ms, "
              f"p99 {quantile(values, 0.99):.0f} ms, worst {max(values):.0f} ms", flush=True)


main()

#!/usr/bin/env python3
"""Runs bare-client and firedrill in turns on fresh refqueues and prints p50, p99 and CPU of each.

    compare.py RELEASE-DIRECTORY BARE-CLIENT RUNS SECONDS

The CPU of firedrill is utime + stime of /proc/PID/stat over its baseline: its children (refqueue,
the guardian) do not count, and neither do its start and its reports.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

RATE, WARMUP, LANES = 2000, 3, 32
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def bare(release, client, directory, seconds):
    server = subprocess.Popen(
        [f"{release}/refqueue", "serve", "--name", "a", "--data", f"{directory}/data"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = server.stdout.readline().split()[1].rsplit(":", 1)[1]
        time.sleep(0.5)
        output = subprocess.run(
            [client, port, str(RATE), str(WARMUP), str(seconds), str(LANES)],
            stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60).stdout
        return json.loads(output)
    finally:
        server.terminate()
        server.wait()


def firedrill(release, playbook, directory, seconds):
    environment = dict(
        os.environ, FIREDRILL_EVIDENCE=directory, FIREDRILL_STATE=f"{directory}/state")
    drill = subprocess.Popen(
        [f"{release}/firedrill", "run", "--quiet", "--set", f"baseline={seconds} s", playbook],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    ticks = []
    while drill.poll() is None:
        try:
            ticks.append((time.time_ns(), cpu_seconds(drill.pid)))
        except (FileNotFoundError, IndexError):
            break
        time.sleep(0.05)
    if drill.wait() != 0:
        sys.exit(f"firedrill ended with exit code {drill.returncode}: the figures mean nothing")
    report = json.loads(next(pathlib.Path(directory).glob("*-harness-cost-*/report.json")).read_text())
    phase = next(phase for phase in report["phases"] if phase["phase"] == "baseline")
    interval = next(part for part in report["intervals"] if part["name"] == "baseline")
    origin = report["header"]["startedAt"]
    inside = [
        tick for tick in ticks if phase["start"] <= tick[0] - origin <= phase["end"]]
    cores = (inside[-1][1] - inside[0][1]) / ((inside[-1][0] - inside[0][0]) / 1e9)
    if interval["acknowledged"] < 0.99 * RATE * seconds:
        sys.exit(f"only {interval['acknowledged']} messages were acknowledged")
    return {
        "count": interval["attempted"], "p50": interval["p50Nanoseconds"] / 1e6,
        "p99": interval["p99Nanoseconds"] / 1e6, "max": interval["maximumNanoseconds"] / 1e6,
        "cores": cores}


def main():
    release, client, runs, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    playbook = str(pathlib.Path(__file__).with_name("harness-cost.yaml"))
    results = {"bare client": [], "firedrill": []}
    for _ in range(runs):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
            results["bare client"].append(bare(release, client, directory, seconds))
        with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
            results["firedrill"].append(firedrill(release, playbook, directory, seconds))
    print("| client | enqueue p50 ms | p99 ms, median (min-max) | max ms | cores, median (max) |")
    print("|---|---|---|---|---|")
    for name, parts in results.items():
        def column(key):
            return [part[key] for part in parts]
        p99, cores = column("p99"), column("cores")
        print(
            f"| {name} | {statistics.median(column('p50')):.2f} "
            f"| {statistics.median(p99):.2f} ({min(p99):.2f}-{max(p99):.2f}) "
            f"| {statistics.median(column('max')):.1f} "
            f"| {statistics.median(cores):.2f} ({max(cores):.2f}) |")
    pairs = zip(results["bare client"], results["firedrill"])
    added = [ours["p99"] - theirs["p99"] for theirs, ours in pairs]
    print(f"\nadded to p99: {statistics.median(added):.2f} ms ({min(added):.2f} to {max(added):.2f})")


if __name__ == "__main__":
    main()

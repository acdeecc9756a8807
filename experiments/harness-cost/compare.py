#!/usr/bin/env python3
"""Runs bare-client and firedrill in turns on fresh refqueues and prints p50, p99 and CPU of each,
and of firedrill where an enqueue's time goes.

    compare.py RELEASE-DIRECTORY BARE-CLIENT RUNS SECONDS

The CPU of firedrill is utime + stime of /proc/PID/stat over its baseline: its children (refqueue,
the guardian) do not count, and neither do its start and its reports. The stages are those of its
evidence: when an enqueue was to be sent, when its attempt began, when its bytes came to the proxy,
and when its answer was recorded.
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


def children(pid):
    """The pids of the refqueues that a process has started."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, fields = stat.read_text().rsplit(")", 1)
        except OSError:
            continue
        if name.endswith("(refqueue") and int(fields.split()[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def stages(directory, phase):
    """p50 and p99 in ms of each stage of the enqueues of a phase, and their means in its worst 1 %."""
    wire = {}
    for line in open(f"{directory}/wire.jsonl"):
        time_, _, message, _ = json.loads(line)
        wire.setdefault(message, time_)
    rows = []
    for line in open(f"{directory}/history.jsonl"):
        kind, _, message, intended, ended, _, _, attempts = json.loads(line)[:8]
        if kind == "enqueue" and message in wire and phase["start"] <= intended < phase["end"]:
            began, seen = attempts[0][1], wire[message]
            rows.append((ended - intended, began - intended, seen - began, ended - seen))
    worst = sorted(rows)[int(len(rows) * 0.99):]
    return {
        name: (
            quantile([row[index] for row in rows], 0.5) / 1e6,
            quantile([row[index] for row in rows], 0.99) / 1e6,
            statistics.mean(row[index] for row in worst) / 1e6)
        for index, name in [
            (1, "intended to begun"), (2, "begun to proxy"), (3, "proxy to recorded")]}


def bare(release, client, directory, seconds):
    server = subprocess.Popen(
        [f"{release}/refqueue", "serve", "--name", "a", "--data", f"{directory}/data"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = server.stdout.readline().split()[1].rsplit(":", 1)[1]
        time.sleep(0.5)
        before, began = cpu_seconds(server.pid), time.monotonic()
        output = subprocess.run(
            [client, port, str(RATE), str(WARMUP), str(seconds), str(LANES)],
            stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60).stdout
        used = cpu_seconds(server.pid) - before
        return dict(json.loads(output), service=used / (time.monotonic() - began))
    finally:
        server.terminate()
        server.wait()


def firedrill(release, playbook, directory, seconds):
    environment = dict(
        os.environ, FIREDRILL_EVIDENCE=directory, FIREDRILL_STATE=f"{directory}/state")
    drill = subprocess.Popen(
        [f"{release}/firedrill", "run", "--quiet", "--set", f"baseline={seconds} s", playbook],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    ticks, service = [], []
    while drill.poll() is None:
        try:
            service = service or children(drill.pid)
            ticks.append(
                (time.time_ns(), cpu_seconds(drill.pid), sum(map(cpu_seconds, service))))
        except (FileNotFoundError, IndexError):
            break
        time.sleep(0.05)
    if drill.wait() != 0:
        sys.exit(f"firedrill ended with exit code {drill.returncode}: the figures mean nothing")
    evidence = next(pathlib.Path(directory).glob("*-harness-cost-*"))
    report = json.loads((evidence / "report.json").read_text())
    phase = next(phase for phase in report["phases"] if phase["phase"] == "baseline")
    interval = next(part for part in report["intervals"] if part["name"] == "baseline")
    origin = report["header"]["startedAt"]
    inside = [
        tick for tick in ticks if phase["start"] <= tick[0] - origin <= phase["end"]]
    cores, service = (
        (inside[-1][part] - inside[0][part]) / ((inside[-1][0] - inside[0][0]) / 1e9)
        for part in (1, 2))
    if interval["acknowledged"] < 0.99 * RATE * seconds:
        sys.exit(f"only {interval['acknowledged']} messages were acknowledged")
    return {
        "count": interval["attempted"], "p50": interval["p50Nanoseconds"] / 1e6,
        "p99": interval["p99Nanoseconds"] / 1e6, "max": interval["maximumNanoseconds"] / 1e6,
        "cores": cores, "service": service, "stages": stages(evidence, phase)}


def main():
    release, client, runs, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    playbook = str(pathlib.Path(__file__).with_name("harness-cost.yaml"))
    results = {"bare client": [], "firedrill": []}
    for _ in range(runs):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
            results["bare client"].append(bare(release, client, directory, seconds))
        with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
            results["firedrill"].append(firedrill(release, playbook, directory, seconds))
    print("| client | enqueue p50 ms | p99 ms, median (min-max) | max ms | cores, median (max) "
          "| the service's cores |")
    print("|---|---|---|---|---|---|")
    for name, parts in results.items():
        def column(key):
            return [part[key] for part in parts]
        p99, cores = column("p99"), column("cores")
        print(
            f"| {name} | {statistics.median(column('p50')):.2f} "
            f"| {statistics.median(p99):.2f} ({min(p99):.2f}-{max(p99):.2f}) "
            f"| {statistics.median(column('max')):.1f} "
            f"| {statistics.median(cores):.2f} ({max(cores):.2f}) "
            f"| {statistics.median(column('service')):.2f} |")
    pairs = zip(results["bare client"], results["firedrill"])
    added = [ours["p99"] - theirs["p99"] for theirs, ours in pairs]
    print(f"\nadded to p99: {statistics.median(added):.2f} ms ({min(added):.2f} to {max(added):.2f})")
    print("\n| stage of firedrill's enqueues | p50 ms | p99 ms | mean ms of the slowest 1 % |")
    print("|---|---|---|---|")
    for name in results["firedrill"][0]["stages"]:
        p50, p99, worst = (
            statistics.median(part["stages"][name][index] for part in results["firedrill"])
            for index in range(3))
        print(f"| {name} | {p50:.2f} | {p99:.2f} | {worst:.2f} |")


if __name__ == "__main__":
    main()

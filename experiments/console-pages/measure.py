#!/usr/bin/env python3
"""Fills a history with drills, serves it, and measures the console's pages.

usage: measure.py PROGRAM [DRILLS]; prints one line a page: the median and the largest of 20 answers.
"""
import hashlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

PLAYBOOKS = [f"playbook-{number:02}" for number in range(20)]
START = 1_760_000_000


def write(path, value):
    with open(path, "w") as file:
        json.dump(value, file)


def make_drill(root, number, total, chance):
    """One drill's evidence: what the history reads of it, and a report of the usual size."""
    playbook = PLAYBOOKS[number % len(PLAYBOOKS)]
    started = START + number * (90 * 86_400 // total)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(started))
    suffix = hashlib.sha256(str(number).encode()).hexdigest()[:6]
    name = f"{stamp}-{playbook}-{suffix}"
    folder = f"{root}/{name}"
    os.mkdir(folder)
    passed = chance.random() < 0.9
    write(f"{folder}/header.json", {
        "version": 1, "identifier": name, "playbook": playbook,
        "title": f"What {playbook} says", "hypothesis": "It holds.", "tags": ["all"],
        "seed": number, "startedAt": started * 10**9, "command": f"firedrill run {playbook}.yaml"})
    write(f"{folder}/environment.json", {
        "host": "host", "kernel": "Linux", "distribution": "Debian", "processors": 2,
        "memory": 1, "firedrill": "0.1.0", "target": ["reference", "redis"][number % 2],
        "privileges": "root", "capabilities": []})
    checks = [{
        "check": check, "status": "held" if passed else "broken", "sentence": "A sentence.",
        "details": [], "line": 1, "figures": [
            {"name": figure, "value": chance.uniform(1e8, 4e9), "unit": "nanoseconds",
             "limit": 5e9}]}
        for check, figure in [
            ("failover", "RTO_failover"), ("recovery", "time to recovery"), ("latency", "p99")]]
    write(f"{folder}/verdict.json", {
        "version": 1, "outcome": "passed" if passed else "failed", "reason": "All checks held.",
        "precondition": "held", "preconditionSentence": "Held.", "endedAt": 60 * 10**9,
        "checks": checks, "faults": [{
            "identifier": "f1", "kind": "process.kill", "name": "kill", "backend": "pidfd",
            "backendNote": "", "objects": [], "requested": [], "achieved": [],
            "injection": "confirmed", "proof": "Gone.", "undo": "clean", "undoneBy": "drill",
            "comparisons": []}]})
    write(f"{folder}/report.json", {
        "intervals": [{"name": "baseline", "p99Nanoseconds": 8e6}]})
    with open(f"{folder}/playbook.yaml", "w") as file:
        file.write(f"playbook: {playbook}\n")
    with open(f"{folder}/report.html", "w") as file:
        file.write("<html><head></head><body>\n" + "<p>report</p>\n" * 7500 + "</body></html>")
    return name, playbook


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    began = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    took = (time.perf_counter() - began) * 1000
    connection.close()
    assert answer.status == 200, (path, answer.status, body[:200])
    return took, len(body)


def main():
    program = os.path.abspath(sys.argv[1])
    total = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    chance = random.Random(1)
    folder = tempfile.mkdtemp(prefix="firedrill-console-")
    try:
        evidence = f"{folder}/evidence"
        os.mkdir(evidence)
        drills = [make_drill(evidence, number, total, chance) for number in range(total)]
        environment = dict(os.environ, FIREDRILL_STATE=folder, FIREDRILL_EVIDENCE=evidence)
        began = time.perf_counter()
        subprocess.run(
            [program, "trend", PLAYBOOKS[0]], env=environment, check=True,
            stdout=subprocess.DEVNULL, cwd=folder)
        print(f"taking in {total} drills: {time.perf_counter() - began:.1f} s")
        began = time.perf_counter()
        subprocess.run(
            [program, "trend", PLAYBOOKS[0], "--figure", "failover.time"], env=environment,
            check=True, stdout=subprocess.DEVNULL, cwd=folder)
        print(f"firedrill trend after that: {(time.perf_counter() - began) * 1000:.0f} ms")
        server = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", "--log-level", "error"],
            env=environment, stdout=subprocess.PIPE, text=True, cwd=folder)
        try:
            port = int(re.search(r":(\d+)/", server.stdout.readline()).group(1))
            time.sleep(3)
            name, playbook = drills[-1]
            paths = [
                "/", "/drills", "/drills?page=200", "/drills?text=says&outcome=failed",
                f"/drills/{name}", "/playbooks", f"/playbooks/{playbook}",
                f"/compare?a={drills[0][0]}&b={name}", "/calendar", "/targets",
                "/targets/reference", "/metrics", "/api/v1/drills?limit=1000",
                f"/api/v1/playbooks/{playbook}/trend?figure=failover.time&limit=1000"]
            for path in paths:
                answers = [get(port, path) for _ in range(20)]
                times = [took for took, _ in answers]
                shown = path.replace(name, "DRILL").replace(drills[0][0], "DRILL")
                print(f"{statistics.median(times):7.1f} ms  {max(times):7.1f} ms  "
                      f"{answers[0][1]:8} B  {shown}", flush=True)
            with open(f"/proc/{server.pid}/status") as status:
                print(re.search(r"VmHWM:.*", status.read()).group(0))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder)


main()

#!/usr/bin/env python3
"""Runs commands in turn, A B A B ..., and prints each one's wall time, CPU time and peak memory.

    measure.py RUNS name=command [name=command ...]

Each command is split as a shell splits words and run without a shell, its output thrown away. One
run of each is not counted. Peak memory is the largest single process's, as wait4(2) gives it; the
ratio in the last column is the first command's median wall time over this one's.
"""
import os
import resource
import shlex
import statistics
import subprocess
import sys
import time


def run(words):
    started = time.monotonic()
    process = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode


def main():
    runs = int(sys.argv[1])
    commands = [argument.split("=", 1) for argument in sys.argv[2:]]
    results = {name: [] for name, _ in commands}
    for index in range(runs + 1):
        for name, command in commands:
            result = run(shlex.split(command))
            if result[3] != 0:
                sys.exit(f"{name} ended with exit code {result[3]}: the figures would mean nothing")
            if index > 0:
                results[name].append(result)
    print("| command | wall s, median (min-max) | CPU s, median | peak MiB, median | ratio |")
    print("|---|---|---|---|---|")
    first = statistics.median(r[0] for r in results[commands[0][0]])
    for name, _ in commands:
        wall, cpu, memory, _ = zip(*results[name])
        median = statistics.median(wall)
        print(
            f"| {name} | {median:.3f} ({min(wall):.3f}-{max(wall):.3f}) "
            f"| {statistics.median(cpu):.3f} | {statistics.median(memory):.1f} "
            f"| 1/{median / first:.1f} |")


if __name__ == "__main__":
    main()

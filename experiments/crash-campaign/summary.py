"""Sums the results of a crash campaign up as a Markdown table: summary.py RESULTS.jsonl"""

import json
import sys


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else None


def text(value):
    return "–" if value is None else f"{value} ms"


rows = [json.loads(line) for line in open(sys.argv[1]) if line.startswith("{")]
print("| killed | runs | left something | faults in before, mean | drill ended after, worst "
      "| host as before after, p50 | p99 | worst | waited for revert |")
print("|---|---|---|---|---|---|---|---|---|")
for victim in ("drill", "guardian", "standby", "termination", "both", "all"):
    runs = [row for row in rows if row["victim"] == victim]
    if not runs:
        continue
    clean = [row["cleanAfterMilliseconds"] for row in runs if "cleanAfterMilliseconds" in row]
    ended = [row["endedAfterMilliseconds"] for row in runs if "endedAfterMilliseconds" in row]
    print(
        f"| {victim} | {len(runs)} | {sum(bool(row['failures']) for row in runs)} "
        f"| {sum(row['faultsSeen'] for row in runs) / len(runs):.1f} | {text(max(ended, default=None))} "
        f"| {text(quantile(clean, 0.5))} | {text(quantile(clean, 0.99))} "
        f"| {text(max(clean, default=None))} | {sum(bool(row['recorded']) for row in runs)} |")
for row in rows:
    for failure in row["failures"]:
        print(f"run {row['run']} ({row['victim']}, {row['killedAfterMilliseconds']} ms): {failure}")

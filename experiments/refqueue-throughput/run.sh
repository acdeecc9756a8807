#!/bin/bash
# Durable enqueues a second of refqueue, alone and with a synced standby, of PostgreSQL, and the
# machine's fdatasync rate: one after the other, round after round, so that all share the minutes.
# Needs: wrk, curl, python3, postgresql-15, root (PostgreSQL runs as postgres, in a cluster of its own).
#   swift build -c release --product refqueue && sudo experiments/refqueue-throughput/run.sh
# SECONDS_EACH sets how long each cell runs (default 3), ROUNDS how often (default 3).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
refqueue=${REFQUEUE:-$here/../../.build/release/refqueue}
seconds=${SECONDS_EACH:-3}
rounds=${ROUNDS:-3}
postgres=/usr/lib/postgresql/15/bin
work=$(mktemp -d /var/tmp/refqueue-throughput.XXXXXX)
chmod 755 "$work"
children=()
cleanup() {
    for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
    [ -d "$work/pg/data" ] && as_postgres "$postgres/pg_ctl" -D "$work/pg/data" -m immediate stop >/dev/null 2>&1 || true
    wait || true
    rm -rf "$work"
}
as_postgres() { (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups env HOME="$work/pg" "$@"); }
trap cleanup EXIT

start() { # NAME ARGUMENT...: starts a refqueue process and waits for its address
    local name=$1
    shift
    mkfifo "$work/$name.address"
    "$refqueue" "$@" >"$work/$name.address" 2>"$work/$name.log" &
    children+=($!)
    read -r _ address <"$work/$name.address"
}
until_answers() { # URL TEXT
    for _ in $(seq 200); do
        curl -s "$1" | grep -q "$2" && return
        sleep 0.05
    done
    echo "$1 never answered $2" >&2
    exit 1
}
row() { echo "$@" >>"$work/rows"; }
cpu() { awk '{print ($14 + $15) / 100}' "/proc/$1/stat"; }

syncs() {
    row fdatasync "$1" "$(python3 - "$work" "$seconds" <<'PYTHON'
import os, sys, time
file = os.open(sys.argv[1] + "/sync", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
times, end = [], time.monotonic() + float(sys.argv[2]) / 3
while (start := time.monotonic()) < end:
    os.write(file, b"x" * 256)
    os.fdatasync(file)
    times.append(time.monotonic() - start)
times.sort()
print(f"{len(times) * 3 / float(sys.argv[2]):.0f} {times[len(times) * 99 // 100] * 1e3:.2f} 0 0")
PYTHON
    )"
}
enqueues() { # LABEL CLIENTS URL PID
    wrk -t1 -c"$2" -d1s -s "$here/enqueue.lua" "$3" >/dev/null
    local before result
    before=$(cpu "$4")
    result=$(wrk -t1 -c"$2" -d"${seconds}s" -s "$here/enqueue.lua" "$3" | sed -n 's/^RESULT //p')
    row "$1" "$2" "$result" "$(awk "BEGIN {print $(cpu "$4") - $before}")"
}
inserts() { # CLIENTS
    rm -f "$work"/pg/times*
    as_postgres "$postgres/pgbench" -n -h "$work/pg" -f "$work/pg/insert.sql" -M prepared -c "$1" -j 1 \
        -T "$seconds" -l --log-prefix="$work/pg/times" postgres >"$work/pgbench" 2>/dev/null
    row postgresql "$1" "$(awk '/^tps/ {printf "%.0f", $3}' "$work/pgbench")" \
        "$(cat "$work"/pg/times* | awk '{print $3}' | sort -n |
            awk '{t[NR] = $1} END {print t[int(NR * 0.99)] / 1000}')" 0 0
}

start single serve --name single --data "$work/single"
single=$address
single_process=${children[-1]}
until_answers "http://$single/readyz" '"ready":true'

standby=127.0.0.1:$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
start arbiter arbiter --data "$work/arbiter"
arbiter=$address
start primary serve --name a --data "$work/a" --arbiter "http://$arbiter" --peer "b=http://$standby"
primary=$address
primary_process=${children[-1]}
until_answers "http://$primary/readyz" '"ready":true'
start standby serve --name b --data "$work/b" --listen "$standby" --arbiter "http://$arbiter"
until_answers "http://$primary/v1/status" '"attached":true'

mkdir "$work/pg"
chown postgres "$work/pg"
as_postgres "$postgres/initdb" -D "$work/pg/data" -A trust >/dev/null
as_postgres "$postgres/pg_ctl" -D "$work/pg/data" -w -l "$work/pg/log" \
    -o "-c listen_addresses= -c unix_socket_directories=$work/pg -c max_connections=100" start >/dev/null
as_postgres psql -qh "$work/pg" postgres -c 'create table jobs (id bigserial primary key, body text)'
echo "insert into jobs (body) values (repeat('x', 256));" >"$work/pg/insert.sql"

for _ in $(seq "$rounds"); do
    for clients in 1 16 64; do
        syncs "$clients"
        enqueues one "$clients" "http://$single" "$single_process"
        inserts "$clients"
        enqueues pair "$clients" "http://$primary" "$primary_process"
    done
done

echo "$(nproc) cores, Linux $(uname -r), $(date -u +%F), load average $(cut -d' ' -f1 /proc/loadavg); medians of $rounds rounds of $seconds s"
python3 - "$work/rows" "$seconds" <<'PYTHON'
import collections, statistics, sys
SECONDS = float(sys.argv[2])
cells = collections.defaultdict(list)
for line in open(sys.argv[1]):
    name, clients, rate, p99, errors, cpu = line.split()
    cells[name, clients].append((float(rate), float(p99), int(errors), float(cpu)))
def cell(name, clients):
    rates, p99s, errors, cpus = zip(*cells[name, clients])
    text = f"{statistics.median(rates):,.0f}/s, p99 {statistics.median(p99s):.2f} ms"
    if any(cpus):
        each = statistics.median(cpu / rate for rate, cpu in zip(rates, cpus)) / SECONDS
        text += f", {each * 1e6:.0f} us CPU"
    return text + (f", {sum(errors)} errors" if sum(errors) else "")
names = ["fdatasync", "one", "pair", "postgresql"]
print("| clients | fdatasync of 256 B | refqueue, one node | refqueue, synced pair | PostgreSQL 15 | one node to PostgreSQL |")
print("|---|---|---|---|---|---|")
for clients in ["1", "16", "64"]:
    pairs = zip(cells["one", clients], cells["postgresql", clients])
    ratio = statistics.median(ours[0] / theirs[0] for ours, theirs in pairs)
    print(f"| {clients} | " + " | ".join(cell(name, clients) for name in names) + f" | {ratio:.2f} |")
PYTHON

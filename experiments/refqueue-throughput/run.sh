#!/bin/bash
# Durable enqueues a second of refqueue, of PostgreSQL and the machine's fdatasync rate, one after
# the other in the same minutes. Needs: wrk, postgresql-15, root (PostgreSQL runs as postgres).
#   swift build -c release --product refqueue && experiments/refqueue-throughput/run.sh
# SECONDS_EACH sets how long each cell runs (default 5).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
refqueue=${REFQUEUE:-$here/../../.build/release/refqueue}
seconds=${SECONDS_EACH:-5}
postgres=/usr/lib/postgresql/15/bin
work=$(mktemp -d /var/tmp/refqueue-throughput.XXXXXX)
chmod 755 "$work"
children=()
cleanup() {
    for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
    [ -d "$work/pg" ] && as_postgres "$postgres/pg_ctl" -D "$work/pg/data" -m immediate stop >/dev/null 2>&1 || true
    wait || true
    rm -rf "$work"
}
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups env HOME="$work/pg" "$@"; }
trap cleanup EXIT

start() { # NAME ARGUMENT...: starts a refqueue process and waits for its address
    local name=$1
    shift
    mkfifo "$work/$name.address"
    "$refqueue" "$@" >"$work/$name.address" 2>"$work/$name.log" &
    children+=($!)
    read -r _ address <"$work/$name.address"
}
until_ready() {
    for _ in $(seq 200); do
        curl -fs "http://$1/readyz" >/dev/null && return
        sleep 0.05
    done
    echo "$1 is not ready" >&2
    exit 1
}
row() { # LABEL URL
    for clients in 1 16 64; do
        # After its warm-up each cell counts alone.
        wrk -t1 -c"$clients" -d1s -s "$here/enqueue.lua" "$2" >/dev/null
        wrk -t1 -c"$clients" -d"${seconds}s" -s "$here/enqueue.lua" "$2" |
            awk -v l="$1" -v c="$clients" \
                '/^RESULT/ {printf "%-28s %3d clients %8d/s  p99 %6.2f ms  errors %d\n", l, c, $2, $3, $4}'
    done
}

echo "$(nproc) cores, $(uname -r), $(date -u +%F)"
python3 - "$work" "$seconds" <<'PYTHON'
import os, sys, time
file = os.open(sys.argv[1] + "/sync", os.O_CREAT | os.O_WRONLY)
end, count = time.monotonic() + float(sys.argv[2]), 0
while time.monotonic() < end:
    os.write(file, b"x" * 256)
    os.fdatasync(file)
    count += 1
print(f"fdatasync of a 256-byte append    {count / float(sys.argv[2]):8.0f}/s")
PYTHON

start single serve --name single --data "$work/single"
until_ready "$address"
single=$address
cpu() { awk '{print ($14 + $15) / 100}' "/proc/$1/stat"; }
before=$(cpu "${children[0]}")
row "refqueue, one node" "http://$single"
echo "refqueue, one node: CPU $(echo "$(cpu "${children[0]}") - $before" | bc) s in $((3 * (seconds + 1))) s"
kill "${children[0]}"
wait "${children[0]}" 2>/dev/null || true

standby=127.0.0.1:$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
start arbiter arbiter --data "$work/arbiter"
arbiter=$address
start primary serve --name a --data "$work/a" --arbiter "http://$arbiter" --peer "b=http://$standby"
primary=$address
until_ready "$primary"
start standby serve --name b --data "$work/b" --listen "$standby" --arbiter "http://$arbiter"
for _ in $(seq 100); do
    curl -fs "http://$primary/v1/status" | grep -q '"attached":true' && break
    sleep 0.1
done
row "refqueue, synced standby" "http://$primary"
for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done

mkdir "$work/pg"
chown postgres "$work/pg"
as_postgres "$postgres/initdb" -D "$work/pg/data" -A trust >/dev/null
as_postgres "$postgres/pg_ctl" -D "$work/pg/data" -w -l "$work/pg/log" \
    -o "-c listen_addresses= -c unix_socket_directories=$work/pg -c max_connections=100" start >/dev/null
as_postgres psql -qh "$work/pg" postgres -c 'create table jobs (id bigserial primary key, body text)'
echo "insert into jobs (body) values (repeat('x', 256));" >"$work/pg/insert.sql"
for clients in 1 16 64; do
    as_postgres pgbench -n -h "$work/pg" -f "$work/pg/insert.sql" -M prepared -c "$clients" -j 1 \
        -T "$seconds" postgres 2>/dev/null |
        awk -v c="$clients" '/^tps/ {printf "%-28s %3d clients %8d/s\n", "PostgreSQL 15 insert", c, $3}'
done

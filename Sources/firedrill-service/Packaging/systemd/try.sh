#!/usr/bin/env bash
# Starts the units under a systemd of their own, in namespaces and on a copy of the root that is
# thrown away, and kills a drill and stops another one there, by themselves and under the service that
# runs schedules. Prints what became of each.
#
# Needs root, systemd, overlayfs, a cgroup v2 hierarchy and `make build`; changes nothing of the host.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../../.." && pwd)
programs=${PROGRAMS:-$top/.build/release}

if [ "${1:-}" != inside ]; then
    scratch=$(mktemp -d)
    hierarchy=/sys/fs/cgroup
    [ -e "$hierarchy/cgroup.controllers" ] || hierarchy=/sys/fs/cgroup/unified
    group=$hierarchy/firedrill-units-$$
    mkdir "$group"
    # shellcheck disable=SC2064
    trap "find $group -depth -type d -exec rmdir {} + ; rm -r $scratch" EXIT
    (
        echo 0 >"$group/cgroup.procs"
        exec timeout -k 5 180 unshare --cgroup --mount --pid --net --uts --ipc --fork --kill-child \
            "$0" inside "$scratch" >"$scratch/console" 2>&1
    ) || cat "$scratch/console"
    cat "$scratch/result"
    sleep 1
    exit 0
fi

scratch=$2
mount --make-rprivate /
mkdir "$scratch/overlay"
mount -t tmpfs none "$scratch/overlay"
root=$scratch/overlay/root
mkdir "$scratch"/overlay/{root,upper,work}
mount -t overlay none -o "lowerdir=/,upperdir=$scratch/overlay/upper,workdir=$scratch/overlay/work" \
    "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount --rbind /dev "$root/dev"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 none "$root/sys/fs/cgroup"
for directory in run tmp; do mount -t tmpfs none "$root/$directory"; done

# Nothing of the host's is to start but what is tried.
units=$root/etc/systemd/system
rm -rf "$units"/*.wants
mkdir -p "$units" "$root"/etc/firedrill/{playbooks,schedules} "$root/var/lib/firedrill"
for target in sysinit basic sockets timers paths slices local-fs network multi-user; do
    printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' "$target" >"$units/$target.target"
done
for unit in systemd-journald.service systemd-journald.socket dbus.service dbus.socket; do
    ln -sf /dev/null "$units/$unit"
done
cp "$here"/*.service "$units/"
install -D "$here/firedrill.conf" "$root/etc/tmpfiles.d/firedrill.conf"
cp "$programs"/{firedrill,firedrill-guardian,firedrill-service,refqueue} "$root/usr/bin/"
cp "$top"/playbooks/*.yaml "$root/etc/firedrill/playbooks/"
cat >"$units/trial.service" <<'UNIT'
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/bash /trial.sh
UNIT
cat >"$root/trial.sh" <<'TRIAL'
exec >/mnt/result 2>&1
state() { echo "$1: $(systemctl show -p Result,ExecMainStatus,ActiveState "$2" | xargs)"; }
left() { echo "  left: $(pgrep -cf '/usr/bin/(firedrill|refqueue)') processes, $(ls /var/lib/firedrill/undo/*.journal 2>/dev/null | wc -l) records"; }
drill=firedrill@quick-faults
ip link set lo up
systemd-tmpfiles --create firedrill.conf
echo "the register of drills: $(stat -c '%a %U' /run/firedrill-drills)"
systemctl start firedrill-revert; state "revert at boot" firedrill-revert
systemctl start firedrill@one-probe
while systemctl is-active -q firedrill@one-probe; do sleep 0.2; done
state "a drill that passes" firedrill@one-probe
systemctl start $drill; sleep 4; kill -KILL "$(systemctl show -p MainPID --value $drill)"
sleep 2; state "a drill that is killed" $drill; left
systemctl reset-failed; systemctl start $drill; sleep 4; systemctl stop $drill
state "a drill that is stopped" $drill; left

serve=firedrill-serve
shown() { firedrill schedule show quick-faults 2>&1; }
# Asks for a drill and waits until it is in a state; 60 s at most.
drill() {
    firedrill schedule run-now quick-faults >/dev/null
    for _ in $(seq 300); do shown | grep -q "$1" && return; sleep 0.2; done
    echo "  never seen: $1"; shown
}
systemctl reset-failed; systemctl start $serve
firedrill schedule add /etc/firedrill/playbooks/quick-faults.yaml --every 24h >/dev/null
health() {
    exec 3<>/dev/tcp/127.0.0.1/8420 && printf 'GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3 \
        && timeout 5 head -n 1 <&3 | tr -d '\r'
}
for _ in $(seq 50); do (health) >/mnt/health 2>/dev/null && break; sleep 0.2; done
echo "the console: $(cat /mnt/health)"
drill ' ended with 0'; state "the service, its drill passed" $serve
drill ' running'; sleep 4; kill -KILL "$(systemctl show -p MainPID --value $serve)"
for _ in $(seq 100); do shown | grep -q ' aborted' && break; sleep 0.2; done
echo "the service is killed in a drill: $(shown | grep -c ' aborted') aborted, restarted $(systemctl show -p NRestarts --value $serve) time"
systemctl stop $serve; left; systemctl start $serve
drill ' running'; sleep 4; systemctl stop $serve
state "the service is stopped in a drill" $serve; left; shown | grep ' ended with 6' | cut -d ' ' -f 3-5
systemctl exit 0
TRIAL
mount --bind "$scratch" "$root/mnt"
mkdir "$root/old"
cd "$root"
pivot_root . old
umount -l /old
exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=trial.service --log-target=console --show-status=no </dev/null

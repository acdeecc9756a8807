#!/usr/bin/env bash
# power-cut.sh: cuts off the power of the lab's machine in the middle of a drill, boots it again with
# the same disk, and has `firedrill revert` take out what the drill left there; ends with 0 when that
# is gone and everything else is named.
#
# FIREDRILL_PROGRAMS is the directory of the built programs (default: .build/release).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../../.." && pwd)
programs=${FIREDRILL_PROGRAMS:-$top/.build/release}
evidence=/var/lib/firedrill/evidence
undo=/var/lib/firedrill/undo

fail() {
    echo "power cut: $1" >&2
    exit 1
}

mount_disk() {
    for module in virtio_blk ext4 loop; do modprobe "$module"; done
    mount -t ext4 /dev/vda /var/lib
}

# In the machine, first time: nothing is synced but what the drill itself does.
cut_power() {
    mount_disk
    mkdir -p "$evidence"
    "$programs/firedrill" run --yes --quiet --evidence "$evidence" \
        "$top/playbooks/quick-faults.yaml" >/run/drill.txt 2>&1 &
    for _ in $(seq 600); do
        if [ "$(cat "$evidence"/*/events.jsonl 2>/dev/null | grep -c faultInjected)" -ge 3 ]; then
            echo "power cut: three faults are in"
            echo b >/proc/sysrq-trigger
        fi
        sleep 0.1
    done
    cat /run/drill.txt
    fail "the faults were never in"
}

# In the machine, second time.
look_back() {
    mount_disk
    ls "$undo"/*.journal >/dev/null || fail "no record has outlived the reboot"
    ls -d "$evidence"/*/work >/dev/null || fail "the drill's directory was not there to be removed"
    "$programs/firedrill" run --yes --quiet --evidence "$evidence" "$top/playbooks/one-probe.yaml" \
        >/run/refused.txt 2>&1 && fail "a drill began over open records"
    grep -q 'firedrill revert' /run/refused.txt || fail "$(cat /run/refused.txt)"
    "$programs/firedrill" revert --all >/run/revert.txt || fail "$(cat /run/revert.txt)"
    cat /run/revert.txt
    grep -q 'is gone with the reboot' /run/revert.txt || fail "nothing was named as gone"
    if ls -d "$evidence"/*/work 2>/dev/null; then fail "the drill's directory is left"; fi
    if ls "$undo"/*.journal 2>/dev/null; then fail "the drill is still on record"; fi
    grep -q 'gone with the reboot' "$evidence"/*/undone.jsonl || fail "the evidence does not say so"
    "$programs/firedrill" run --yes --quiet --evidence "$evidence" "$top/playbooks/one-probe.yaml" \
        || fail "no drill can begin after it"
}

case ${1:-} in
cut) cut_power ;;
look) look_back ;;
'')
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/firedrill-power.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    truncate -s 512M "$scratch/disk"
    mkfs.ext4 -q -F "$scratch/disk"
    export FIREDRILL_LAB_DISK=$scratch/disk FIREDRILL_LAB_LIMIT=${FIREDRILL_LAB_LIMIT:-300}
    ended=0
    "$here/boot.sh" env FIREDRILL_PROGRAMS="$programs" "${BASH_SOURCE[0]}" cut || ended=$?
    # What boot.sh says of a command that did not end.
    [ "$ended" = 125 ] || fail "the machine was to lose its power, and ended with $ended"
    "$here/boot.sh" env FIREDRILL_PROGRAMS="$programs" "${BASH_SOURCE[0]}" look
    ;;
*) fail "usage: power-cut.sh" ;;
esac

#!/usr/bin/env bash
# boot.sh COMMAND [ARGUMENT...]: runs a command as root in a virtual machine with Debian's kernel,
# in the current directory, and ends with its exit status.
#
# The machine sees this host's files, read-only with a layer in memory on top, so it runs what was
# built here; it has no network but its own, and needs no KVM. What it prints goes to the standard
# output. FIREDRILL_LAB_LIMIT bounds its life, in seconds. FIREDRILL_LAB_DISK is the image of a disk,
# its only one that outlives it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
limit=${FIREDRILL_LAB_LIMIT:-900}
disk=()
[ -z "${FIREDRILL_LAB_DISK:-}" ] \
    || disk=(-drive "file=$FIREDRILL_LAB_DISK,format=raw,if=virtio,cache=writethrough")
[ $# -gt 0 ] || { echo "usage: boot.sh COMMAND [ARGUMENT...]" >&2; exit 2; }

kernel=$("$here/kernel.sh")
version=$(<"$kernel/version")
# Shared with the machine, which finds it at the same path.
exchange=$(mktemp -d "${TMPDIR:-/tmp}/firedrill-lab.XXXXXX")
machine=""
finish() {
    [ -z "$machine" ] || kill "$machine" 2>/dev/null || true
    rm -rf "$exchange"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The initial file system: busybox, and the modules it takes to mount this host's root.
tree=$exchange/initial
mkdir -p "$tree"/{bin,modules,proc,sys,dev,host,layer,whole}
install -m 755 "$(command -v busybox)" "$tree/bin/busybox"
install -m 755 "$here/init.sh" "$tree/init"
for module in virtio_pci 9pnet_virtio 9p overlay; do
    modprobe --show-depends --dirname "$kernel" --set-version "$version" "$module"
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$exchange/modules"
while read -r module; do
    cp "$module" "$tree/modules/"
    basename "$module" >>"$tree/modules/order"
done <"$exchange/modules"
(cd "$tree" && find . | cpio --quiet -o -H newc | gzip -1) >"$exchange/initial.gz"
rm -r "$tree"

# What the machine runs once it has this host's root.
{
    echo '#!/bin/sh'
    printf 'mount --bind %q /lib/modules\n' "$kernel/lib/modules"
    printf 'cd %q || exit 126\n' "$PWD"
    printf 'export HOME=%q PATH=%q FIREDRILL_LAB_KERNEL=%q\n' "$HOME" "$PATH" "$version"
    printf '%q ' "$@"
    printf '\necho $? >%q\n' "$exchange/status.part"
    printf 'mv %q %q\n' "$exchange/status.part" "$exchange/status"
} >"$exchange/command"

# --kill-after: a machine that hangs does not listen to SIGTERM for ever.
setpriv --pdeathsig TERM timeout --kill-after=10 "$limit" qemu-system-x86_64 \
    -accel tcg,thread=multi -cpu max -smp 2 -m 1536 -no-reboot -nic none \
    -display none -monitor none -serial stdio \
    -kernel "$kernel/vmlinuz" -initrd "$exchange/initial.gz" \
    -append "console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off lab=$exchange" \
    -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
    -virtfs "local,path=$exchange,mount_tag=exchange,security_model=none" \
    "${disk[@]}" </dev/null &
machine=$!
ended=0
wait "$machine" || ended=$?
machine=""
if [ ! -e "$exchange/status" ]; then
    [ "$ended" != 124 ] || echo "kernel lab: the machine was stopped after $limit s" >&2
    echo "kernel lab: the command did not end in the machine (qemu: $ended)" >&2
    exit 125
fi
exit "$(<"$exchange/status")"

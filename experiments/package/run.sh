#!/usr/bin/env bash
# Installs the package into a fresh Debian tree, uses it there, and removes it again; needs root.
# What is downloaded stays in CACHE (default: ~/.cache/firedrill/package).
set -euo pipefail
cd "$(dirname "$0")/../.."

package=${1:-$(ls .build/package/firedrill_*.deb)}
cache=${CACHE:-$HOME/.cache/firedrill/package}
suite=bookworm
mkdir -p "$cache/archives"
if [ ! -f "$cache/$suite.tar" ]; then
    seed=$(mktemp -d)
    debootstrap --variant=minbase --include=man-db,systemd "$suite" "$seed" >/dev/null
    tar -C "$seed" --one-file-system -cf "$cache/$suite.tar.new" .
    mv "$cache/$suite.tar.new" "$cache/$suite.tar"
    rm -rf --one-file-system "$seed"
fi

tree=$(mktemp -d)
# apt reads its downloads as a user of its own.
chmod 755 "$tree"
end() {
    umount -l "$tree/proc" 2>/dev/null || true
    rm -rf --one-file-system "$tree"
}
trap end EXIT
started=$(date +%s%N)
tar -C "$tree" -xf "$cache/$suite.tar"
mount -t proc proc "$tree/proc"
cp "$package" "$tree/root/firedrill.deb"
cp "$cache"/archives/*.deb "$tree/var/cache/apt/archives/" 2>/dev/null || true
cp /etc/resolv.conf "$tree/etc/resolv.conf"
# As this host reaches its mirrors, so does the tree.
cp /etc/apt/apt.conf.d/* "$tree/etc/apt/apt.conf.d/" 2>/dev/null || true
within() { chroot "$tree" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@"; }

within sh -c 'echo "Binary::apt::APT::Keep-Downloaded-Packages \"1\";" > /etc/apt/apt.conf.d/99keep'
within apt-get -qq update
within env DEBIAN_FRONTEND=noninteractive apt-get -y -qq --no-install-recommends \
    install /root/firedrill.deb >/dev/null 2>&1
cp "$tree"/var/cache/apt/archives/*.deb "$cache/archives/" 2>/dev/null || true
echo "installed: $(within dpkg-query -W -f '${Status}' firedrill)"

for page in firedrill firedrill-run firedrill-attach refqueue; do
    within man -w "$page" >/dev/null || { echo "no manual page: $page"; exit 1; }
done
wrong=$(within sh -c 'systemd-analyze verify /lib/systemd/system/firedrill*.service' 2>&1 \
    | grep -i firedrill || true)
[ -z "$wrong" ] || { echo "a unit is wrong: $wrong"; exit 1; }
within bash -nc '. /usr/share/bash-completion/completions/firedrill'
within firedrill doctor >/dev/null
within sh -c 'cd /tmp && firedrill run --quiet --yes \
    /usr/share/doc/firedrill/examples/playbooks/one-probe.yaml'
within sh -c 'cd /tmp && firedrill attach latest --incident INC-1 --no-pdf 2>/dev/null \
    && firedrill verify INC-1-*.zip'

echo '# changed' >> "$tree/etc/firedrill/policy.yaml"
within apt-get -y -qq remove firedrill >/dev/null 2>&1
[ -f "$tree/etc/firedrill/policy.yaml" ] || { echo "remove took a changed policy"; exit 1; }
[ -d "$tree/var/lib/firedrill/evidence" ] || { echo "remove took evidence"; exit 1; }
within apt-get -y -qq purge firedrill >/dev/null 2>&1
left=$(find "$tree" -xdev -path "$tree/proc" -prune -o -name '*firedrill*' \
    ! -path "$tree/root/*" ! -path "$tree/tmp/*" ! -path "$tree/var/cache/*" \
    ! -path "$tree/var/log/*" -print)
[ -z "$left" ] || { echo "purge left: $left"; exit 1; }
echo "used, removed and purged in $((($(date +%s%N) - started) / 1000000000)) s; nothing is left"

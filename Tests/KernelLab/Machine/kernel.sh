#!/usr/bin/env bash
# Makes the newest Debian kernel that apt knows of ready for the lab, and prints its directory:
# vmlinuz, version, and lib/modules with what a network test needs. Nothing is installed. The
# directory is kept, by the package's version, so that a second call downloads nothing.
set -euo pipefail

cache="${XDG_CACHE_HOME:-$HOME/.cache}/firedrill/lab"
sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo

fail() {
    echo "kernel lab: $1" >&2
    exit 1
}

newest_package() {
    # The cloud kernel is smaller, but cannot mount a directory of the host's (9p).
    apt-cache depends linux-image-amd64 2>/dev/null \
        | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1
}

version_of() {
    apt-cache show --no-all-versions "$1" | sed -n 's/^Version: //p' | head -n 1
}

refresh() {
    $sudo apt-get update -qq >&2 || fail "apt-get update failed: is there a network, and a Debian?"
}

[ "$(dpkg --print-architecture)" = amd64 ] || fail "needs a Debian on amd64"
package=$(newest_package)
if [ -z "$package" ]; then
    refresh
    package=$(newest_package)
    [ -n "$package" ] || fail "apt knows no linux-image-amd64: look at /etc/apt/sources.list"
fi
directory="$cache/$package-$(version_of "$package")"
if [ -e "$directory/version" ]; then
    echo "$directory"
    exit
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/unpacking.XXXXXX")
trap 'rm -rf "$work"' EXIT
# apt's own user cannot write to a directory of somebody's home, and warns of it.
download() {
    (cd "$work" && timeout 600 apt-get -o APT::Sandbox::User=root download -qq "$package" >&2)
}
if ! download; then
    refresh
    package=$(newest_package)
    directory="$cache/$package-$(version_of "$package")"
    download || fail "cannot download $package: is there a network?"
fi
version=${package#linux-image-}
modules=lib/modules/$version
dpkg --fsys-tarfile "$work"/*.deb | tar -x -C "$work" "./boot/vmlinuz-$version" \
    "./$modules/modules.builtin" "./$modules/modules.builtin.modinfo" "./$modules/modules.order" \
    "./$modules/kernel/"{net,fs,lib,crypto,arch,block,drivers/{block,net,virtio}}
depmod -b "$work" "$version"
mv "$work/boot/vmlinuz-$version" "$work/vmlinuz"
rm -r "$work"/*.deb "$work/boot"
chmod -R go+rX "$work"
echo "$version" >"$work/version"
# Another call may have been faster; then its directory is as good.
mv -T "$work" "$directory" 2>/dev/null || [ -e "$directory/version" ] \
    || fail "cannot move the unpacked kernel to $directory"
echo "$directory"

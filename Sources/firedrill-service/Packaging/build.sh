#!/bin/bash
# Builds firedrill_VERSION_ARCHITECTURE.deb of programs that are built: build.sh PROGRAMS OUTPUT
# Prints the package's file. The same programs give the same bytes: every file has the time of the
# last commit, or of SOURCE_DATE_EPOCH.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
programs=$(cd "$1" && pwd)
mkdir -p "$2"
output=$(cd "$2" && pwd)
sources=$(cd "$here/../../.." && pwd)
names="firedrill firedrill-guardian firedrill-service refqueue"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
root=$stage/debian/firedrill
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$sources" log -1 --format=%ct)}
version=$("$programs/firedrill" --version)
architecture=$(dpkg --print-architecture)
umask 022

install -d "$root/DEBIAN" "$root/usr/bin" "$root/usr/lib/firedrill" "$root/etc/firedrill/playbooks"
for name in $names; do
    install -m 755 "$programs/$name" "$root/usr/bin/$name"
    strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root/usr/bin/$name"
done
# firedrill looks for these beside itself; nobody is to start them by hand.
for name in firedrill-guardian firedrill-service; do
    mv "$root/usr/bin/$name" "$root/usr/lib/firedrill/$name"
done
mv "$root/usr/bin/firedrill" "$root/usr/lib/firedrill/firedrill"
mv "$root/usr/bin/refqueue" "$root/usr/lib/firedrill/refqueue"
ln -s ../lib/firedrill/firedrill "$root/usr/bin/firedrill"
ln -s ../lib/firedrill/refqueue "$root/usr/bin/refqueue"

install -m 644 "$here/policy.yaml" "$here/incidents.yaml" "$root/etc/firedrill/"
install -d "$root/etc/firedrill/playbooks" "$root/etc/firedrill/schedules" "$root/lib/systemd/system"
install -m 644 "$here"/systemd/*.service "$root/lib/systemd/system/"
install -D -m 644 "$here/systemd/firedrill.conf" "$root/usr/lib/tmpfiles.d/firedrill.conf"
install -d "$root/usr/share/doc/firedrill/examples/playbooks"
install -m 644 "$sources"/playbooks/*.yaml "$root/usr/share/doc/firedrill/examples/playbooks/"
install -m 644 "$here/copyright" "$root/usr/share/doc/firedrill/copyright"
{
    printf 'firedrill (%s) unstable; urgency=medium\n\n' "$version"
    printf '  * Built from commit %s.\n\n' "$(git -C "$sources" rev-parse --short HEAD)"
    printf ' -- %s  %s\n' "$(sed -n 's/^Maintainer: //p' "$here/control")" \
        "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n > "$root/usr/share/doc/firedrill/changelog.gz"

manual=$root/usr/share/man
install -d "$manual/man1"
date=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d)
for name in firedrill refqueue; do
    "$programs/$name" --experimental-dump-help > "$stage/$name.json"
done
# The commands that firedrill hands over are described by the program that performs them.
"$programs/firedrill-service" --experimental-dump-help > "$stage/service.json"
jq -s '.[1].command.subcommands as $served
    | .[0].command.subcommands |= map(.commandName as $name
        | ($served | map(select(.commandName == $name)) | first) // .)
    | .[0]' "$stage/firedrill.json" "$stage/service.json" > "$stage/all.json"
mv "$stage/all.json" "$stage/firedrill.json"
for name in firedrill refqueue; do
    jq -r --arg date "$date" --arg version "$version" -f "$here/manual.jq" "$stage/$name.json" \
        | while IFS= read -r line; do
            case $line in
                '@@page '*) page=$manual/man1/${line#@@page }.1; : > "$page" ;;
                *) printf '%s\n' "$line" >> "$page" ;;
            esac
        done
done
gzip -9n "$manual"/man1/*.1

completions() { "$programs/$1" --generate-completion-script "$2"; }
install -d "$root/usr/share/bash-completion/completions" "$root/usr/share/zsh/vendor-completions" \
    "$root/usr/share/fish/vendor_completions.d"
for name in firedrill refqueue; do
    completions "$name" bash | sed '1{/^#!/d}' > "$root/usr/share/bash-completion/completions/$name"
    completions "$name" zsh > "$root/usr/share/zsh/vendor-completions/_$name"
    completions "$name" fish > "$root/usr/share/fish/vendor_completions.d/$name.fish"
done
install -d "$root/usr/share/lintian/overrides"
install -m 644 "$here/lintian-overrides" "$root/usr/share/lintian/overrides/firedrill"

# What the programs are linked with, as Debian's own packages work it out.
cp "$here/control" "$stage/debian/control"
libraries=$(cd "$stage" && dpkg-shlibdeps -O debian/firedrill/usr/lib/firedrill/* 2> /dev/null \
    | sed -n 's/^shlibs:Depends=//p')
[ -n "$libraries" ] || { echo "dpkg-shlibdeps found no dependencies" >&2; exit 1; }
size=$(du -sk --exclude=DEBIAN "$root" | cut -f1)
sed -n '/^Package:/,$p' "$here/control" | sed \
    -e "s|\${shlibs:Depends}|$libraries|" -e "s|^Architecture:.*|Architecture: $architecture|" \
    > "$stage/binary"
{
    sed -n '/^Package:/p' "$stage/binary"
    printf 'Version: %s\nInstalled-Size: %s\n' "$version" "$size"
    sed -n '/^\(Maintainer\|Section\|Priority\|Homepage\):/p' "$here/control"
    sed '/^Package:/d' "$stage/binary"
} > "$root/DEBIAN/control"
printf '/etc/firedrill/policy.yaml\n/etc/firedrill/incidents.yaml\n' > "$root/DEBIAN/conffiles"
for script in postinst prerm postrm; do
    install -m 755 "$here/$script" "$root/DEBIAN/$script"
done
(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) \
    > "$root/DEBIAN/md5sums"
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
package=$output/firedrill_${version}_$architecture.deb
# The programs are linked with much that is the same, further apart than the 64 MB that dpkg-deb lets
# xz look back: looking back 192 MB halves the package. dpkg reads what xz writes.
pack() { (cd "$1" && find . "${@:2}" -print0) | sort -z | tar -C "$1" --null --no-recursion \
    --format=gnu --owner=0 --group=0 --numeric-owner -T - -cf -; }
echo 2.0 > "$stage/debian-binary"
pack "$root/DEBIAN" | xz -T1 -6 -c > "$stage/control.tar.xz"
pack "$root" ! -path './DEBIAN*' | xz -T1 --lzma2=preset=6,dict=192MiB -c > "$stage/data.tar.xz"
rm -f "$package"
(cd "$stage" && ar rcD "$package" debian-binary control.tar.xz data.tar.xz)
dpkg-deb --info "$package" > /dev/null
echo "$package"

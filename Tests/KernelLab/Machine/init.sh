#!/bin/busybox sh
# The first process of the lab's machine: mounts the host's root read-only, puts a layer in memory
# on top of it, and runs the host's command there.
PATH=/bin
/bin/busybox --install -s /bin
# A panic ends the machine at once (panic=-1, -no-reboot), and with it a machine that cannot start.
set -e
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
# No carriage returns in what goes through the console to the host's standard output.
stty -opost </dev/console
while read -r module; do insmod "/modules/$module"; done </modules/order
ip link set lo up
mount -t 9p -o trans=virtio,version=9p2000.L,msize=1048576,ro,cache=loose host /host
mount -t tmpfs layer /layer
mkdir /layer/upper /layer/work
mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work root /whole

exchange=$(sed -n 's/.* lab=\([^ ]*\).*/\1/p' /proc/cmdline)
mount -t 9p -o trans=virtio,version=9p2000.L,msize=1048576 exchange "/whole$exchange"
mkdir -p /whole/lib/modules /whole/run
mount --move /proc /whole/proc
mount --move /sys /whole/sys
mount --move /dev /whole/dev
mkdir -p /whole/dev/pts /whole/dev/shm
mount -t devpts devpts /whole/dev/pts
mount -t tmpfs shm /whole/dev/shm
# The host's running state is not this machine's.
mount -t tmpfs run /whole/run
mount -t cgroup2 cgroup /whole/sys/fs/cgroup
# The shell is the first process to the end: it takes over orphans, and its own end would be a panic.
exec switch_root -c /dev/console /whole /bin/sh -c \
    "/bin/sh $exchange/command </dev/null; sync; exec busybox poweroff -f"

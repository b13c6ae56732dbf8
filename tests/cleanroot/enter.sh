#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# enter.sh ROOT COMMAND…: runs a command with ROOT as the root of a mount namespace of its own.
# pivot_root and not chroot: the kernel refuses user namespaces to a process in a chroot, and the
# platform's sandboxes need them. Run under: unshare --mount --pid --ipc --uts --fork.
set -eu
root=$1; shift
mount --make-rprivate /
mount --bind "$root" "$root"
mkdir -p "$root/.old" "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || :
cp -L /etc/hosts "$root/etc/hosts" 2>/dev/null || :
cd "$root"
pivot_root . .old
umount -l /.old
exec "$@"

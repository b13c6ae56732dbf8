#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# cleanroot.sh SOURCE WORK [COMMAND]: a fresh Debian 12 with only git and a checkout of SOURCE's
# HEAD, in which COMMAND (default: ./run) is run without display or terminal; first as root, then
# as a user with sudo. Needs root and mmdebstrap. The bare root is kept in WORK for the next time.
set -euo pipefail
source=$(realpath "$1") work=$2 command=${3:-./run}
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
[ "$(id -u)" = 0 ] || { echo "cleanroot.sh: needs root to make a root" >&2; exit 77; }
command -v mmdebstrap >/dev/null || { echo "cleanroot.sh: mmdebstrap is missing" >&2; exit 77; }
mkdir -p "$work"

if [ ! -f "$work/bare.tar" ]; then
  mmdebstrap --quiet --variant=minbase --include=git,ca-certificates,sudo bookworm \
    "$work/bare.new.tar"
  mv "$work/bare.new.tar" "$work/bare.tar"
fi

try() { # USER
  local root=$work/root-$1 home=/root
  rm -rf "$root"
  mkdir -p "$root"
  tar -C "$root" -xf "$work/bare.tar"
  if [ "$1" != root ]; then
    home=/home/$1
    chroot "$root" useradd --create-home --shell /bin/bash "$1"
    echo "$1 ALL=(ALL) NOPASSWD: ALL" > "$root/etc/sudoers.d/$1"
  fi
  git clone -q --no-hardlinks "$source" "$root$home/farthing"
  chroot "$root" chown -R "$1" "$home/farthing"
  echo "== as $1: $command"
  unshare --mount --pid --ipc --uts --fork "$here/enter.sh" "$root" \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    su -s /bin/bash -c "cd $home/farthing && $command" "$1" </dev/null
  echo "== as $1: exit 0"
}

try root
try reader

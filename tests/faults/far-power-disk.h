/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk in memory behind an SQLite VFS, whose power can be cut. What was written and not yet
 * synced is then dropped, torn between sectors, reordered within and across files, or survives, as
 * a seed decides. One process, one thread. */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

#define POWER_SECTOR 512

/* Registers the VFS (once) and makes an empty disk. */
void        power_disk_init     (void);
const char *power_disk_vfs      (void);
/* Forgets all files. All must be closed. */
void        power_disk_format   (void);

/* The power goes at the n-th write, truncation, deletion or sync from now on; 0: never. From then
 * on everything fails with SQLITE_IOERR. */
void        power_disk_cut_at   (guint64 n, guint64 seed);
gboolean    power_disk_is_cut   (void);
/* The power comes back: each file holds what survived. All must be closed. */
void        power_disk_reboot   (void);

/* From the n-th such operation on, count of them fail with this SQLite code, and the disk lives on:
 * SQLITE_FULL fails writes only; SQLITE_IOERR fails any, which may have taken effect or not. What a
 * sync that fails was to make durable is forgotten half of the time, as Linux does: later syncs
 * succeed without it. */
void        power_disk_fail_at  (guint64 n, guint64 count, int code, guint64 seed);
/* How many have failed. */
guint64     power_disk_failures (void);

/* Syncs of this file (NULL: none) do nothing and say they did: a harness that does not notice that
 * would notice nothing. The name must live on. */
void        power_disk_ignore_syncs_of (const char *name);

/* kill -9: everything fails as if the power had gone, until the program's files are closed and the
 * disk is revived; then what was written is still there, synced or not. */
void        power_disk_kill     (void);
void        power_disk_revive   (void);

/* Operations so far, and how many of them were syncs. */
guint64     power_disk_ops      (void);
guint64     power_disk_syncs    (void);

G_END_DECLS

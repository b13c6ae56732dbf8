/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the disk (far-power-disk.c) and its VFS (far-power-vfs.c) share. */
#pragma once

#include "base/far-random.h"
#include "far-power-disk.h"

G_BEGIN_DECLS

typedef struct {
  gboolean recreates; /* the file was deleted and made anew: a first op only */
  gboolean truncates;
  gint64   offset;    /* of the write, or the new length */
  guint8  *data;
  gint     n_bytes;
} PowerOp;

typedef struct {
  gint     ref_count;
  char    *name;
  gboolean named;          /* in the directory as programs see it */
  gboolean durable_named;  /* and on disk */
  GByteArray *current;
  GByteArray *durable;
  GArray  *ops;            /* PowerOp */
  /* Locks, as SQLite's five levels want them. */
  guint    n_shared;
  gpointer reserved;       /* the handle that holds RESERVED or more */
  gpointer exclusive;
  /* Shared memory: dies with the power. */
  GPtrArray *shm;          /* regions */
  guint    shm_users;
  guint    shm_shared[SQLITE_SHM_NLOCK];
  gpointer shm_exclusive[SQLITE_SHM_NLOCK];
} PowerFile;

typedef struct {
  sqlite3_file base;
  PowerFile   *file;
  gint         lock;
  gboolean     syncs_directory; /* at its next sync */
  gboolean     shm_mapped;
  guint8       shm_shared[SQLITE_SHM_NLOCK];
} PowerHandle;

typedef struct {
  GHashTable *files; /* name → PowerFile */
  guint64     n_ops;
  guint64     n_syncs;
  guint64     cut_at;
  gboolean    cut;
  guint64     fail_in;   /* operations until they fail */
  guint64     fail_left; /* how many more fail then */
  int         fail_code;
  guint64     n_failures;
  const char *ignored; /* whose syncs do nothing */
  FarRng      rng;
} PowerDisk;

extern PowerDisk power_disk;

PowerFile *power_file_new   (const char *name);
void       power_file_unref (PowerFile *file);
void       power_op_clear   (gpointer op);
void       power_op_apply   (GByteArray *bytes, const PowerOp *op);
/* Counts an operation. FALSE: the power is off, or goes at this very one; then *ret_done says
 * whether it still took effect. */
gboolean   power_holds      (gboolean *ret_done);
/* After power_holds(): whether this operation fails. *ret_done: it took effect nevertheless. */
gboolean   power_fails      (gboolean is_write, gboolean *ret_done);
/* All names as they are now are on disk. */
void       power_sync_directory (void);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of the /tmp that keepers made have ended in truth, whatever fork servers say.
 *
 * The kernel grants a user few inotify instances (128 are common), so that the spawner has one, and
 * every keeper watches through it. The spawner reads what it tells, and counts it on pages that it
 * shares with the keepers; functions do not have them, for they end with exec.
 * Thread: single; the pages are shared by processes. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TmpsPages TmpsPages;

typedef struct {
  int        fd;    /* to poll; -1: the watch is not to be had */
  TmpsPages *pages; /* NULL then */
} SpawnerTmps;

/* The spawner's, before its first fork. */
void     tmps_init    (SpawnerTmps *self);
/* One more keeper. Returns: its number, or 0, with which nothing can be watched. */
guint    tmps_enrol   (SpawnerTmps *self);
/* It was forked; pid < 0: it never came to be. */
void     tmps_set_pid (SpawnerTmps *self, guint number, gint pid);
/* The number of the process that goes on in its place is put there. Returns: (nullable) */
gint    *tmps_pid     (const SpawnerTmps *self, guint number);
/* It has been reaped, or never came to be. */
void     tmps_dismiss (SpawnerTmps *self, gint pid);
/* fd is readable: those that ended are counted. A keeper that waits for it gets a SIGCHLD. */
void     tmps_take    (SpawnerTmps *self);

/* A keeper's, from here on. fd: the folder. Returns: FALSE if it cannot be watched. */
gboolean tmps_watch   (const SpawnerTmps *self, guint number, int fd);
/* Returns: how many have ended since it was last asked. Whoever waits is told of the next. */
guint    tmps_ended   (const SpawnerTmps *self, guint number, gboolean waits);

G_END_DECLS

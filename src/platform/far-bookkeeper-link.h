/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platform's side of farthing-bookkeeper: starts it, hands out connections to it, starts it
 * again when it ends. The control channel is a SOCK_SEQPACKET pair with one JSON object a datagram
 * (descriptors beside it). Thread: the loop's; nothing blocks but far_bookkeeper_link_free(). */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "platform/far-loop.h"

G_BEGIN_DECLS

#define FAR_BOOKKEEPER_MESSAGE_MAX (16 * 1024)
/* Between an end and the next start; doubled up to the second, back to the first once ready. */
#define FAR_BOOKKEEPER_RESTART_MIN_MS 20
#define FAR_BOOKKEEPER_RESTART_MAX_MS 800
/* How long a stop may take: it finishes what it has and makes a checkpoint. */
#define FAR_BOOKKEEPER_STOP_S 10

typedef struct _FarBookkeeperLink FarBookkeeperLink;

typedef struct {
  /* Connections can be had. */
  void (*ready)   (FarBookkeeperLink *link, gpointer user_data);
  /* It ended; connections are dead, and a restart is under way. */
  void (*gone)    (FarBookkeeperLink *link, const char *why, gpointer user_data);
  void (*journal) (FarBookkeeperLink *link, gint64 transfers, gpointer user_data);
} FarBookkeeperLinkEvents;

/* Starts it; ready or gone follows. */
FarBookkeeperLink *far_bookkeeper_link_new  (FarLoop *loop, const char *data_dir, gboolean live,
                                             const FarBookkeeperLinkEvents *events,
                                             gpointer user_data, GError **error);
/* Lets it finish (FAR_BOOKKEEPER_STOP_S at most, then it is killed). No callbacks. */
void               far_bookkeeper_link_free (FarBookkeeperLink *self);

/* A connection that may send these commands. Returns: a descriptor, the caller's; -1 with
 * FAR_PLATFORM_ERROR_BOOKKEEPER while it is not ready. */
int                far_bookkeeper_link_connect (FarBookkeeperLink *self, const char *principal,
                                                const char *const *commands, GError **error);

gboolean           far_bookkeeper_link_is_ready       (FarBookkeeperLink *self);
pid_t              far_bookkeeper_link_get_pid        (FarBookkeeperLink *self);
/* What it said before it gave up last, or NULL: a restart alone will not mend it. */
const char        *far_bookkeeper_link_get_failure    (FarBookkeeperLink *self);
/* "test" or "live"; NULL before it was ready once. */
const char        *far_bookkeeper_link_get_money      (FarBookkeeperLink *self);
const char        *far_bookkeeper_link_get_token_path (FarBookkeeperLink *self);
gint64             far_bookkeeper_link_get_transfers  (FarBookkeeperLink *self);
/* How far the last long command said that it was; what: its name, "" for none. */
void               far_bookkeeper_link_get_progress   (FarBookkeeperLink *self,
                                                       const char **ret_what, gint64 *ret_rows,
                                                       gint64 *ret_total);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarBookkeeperLink, far_bookkeeper_link_free)

G_END_DECLS

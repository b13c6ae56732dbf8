/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the server share. Only for far-server*.c.
 *
 * Descriptors are watched with EPOLLONESHOT: a connection whose request is in flight is silent,
 * also when its other side hangs up, until its answer has been sent and it is armed again. So a
 * connection is in exactly one place: armed, in the queue, in the batch, or waiting for what runs
 * beside the writer; it is freed only when it is in none but the first. */
#pragma once

#include "bookkeeper/far-books.h"
#include "bookkeeper/far-commands.h"
#include "bookkeeper/far-connection.h"
#include "bookkeeper/far-server.h"
#include "bookkeeper/far-later.h"

G_BEGIN_DECLS

typedef struct {
  const FarServerOptions *options;
  FarBooks    *books; /* NULL while they cannot be opened again */
  char        *token_path;
  int          epoll_fd;
  int          beside_fd;
  GHashTable  *connections; /* set; owns */
  GQueue       queue;       /* of FarConnection with a request, oldest first; borrowed */
  FarBeside   *beside;
  GPtrArray   *served;      /* connections that the running command beside will answer; borrowed */
  GQueue       waiting;     /* of Waiting: … that later ones will, oldest first */
  gint64       swept_us;    /* monotonic, like all below */
  gint64       checkpointed_us;
  gint64       notified_us;
  gint64       progress_us;
  gint64       examined_us;
  gint64       complained_us;
  gint64       lost_us;     /* since when books is NULL */
  gint64       reopened_us; /* when that was last tried */
  guint64      n_notified;  /* transfers the platform knows of */
  guint64      n_checkpointed;
  guint        n_apart;     /* batches to come that have savepoints from the beginning */
  guint        connections_max;
  gint64       stall_us;
  gboolean     stop;
} FarServer;

/* ---- clients ---- */

/* Arms, queues or frees a connection that is in no queue. */
void     far_server_hush     (FarServer *server, FarConnection *connection);
void     far_server_settle   (FarServer *server, FarConnection *connection,
                              FarConnectionState state);
void     far_server_answer   (FarServer *server, FarConnection *connection, const char *answer,
                              gsize n_answer);
void     far_server_refuse   (FarServer *server, FarConnection *connection,
                              FarCommandError code, const char *message);
/* Takes in what the platform sent. */
void     far_server_receive_control (FarServer *server);
/* Closes those that have stood still in the middle of something. */
void     far_server_examine  (FarServer *server, gint64 now_us);
/* Commands that run beside the writer: one at a time; equal ones share an answer. */
void     far_server_want_beside   (FarServer *server, FarConnection *connection,
                                   const FarLater *later);
void     far_server_start_beside  (FarServer *server);
void     far_server_finish_beside (FarServer *server);
/* The server stops: who waits is told so. */
void     far_server_refuse_beside (FarServer *server);

/* ---- batches ---- */

/* One transaction: the waiting commands (perhaps none) and, if asked for, a sweep. FALSE only if
 * the books could not be opened again for FAR_SERVER_REOPEN_US after a failure. */
gboolean far_server_run_batch (FarServer *server, gboolean sweep, GError **error);

/* Tries to open the books again if they are lost and it is time. FALSE as above. */
gboolean far_server_reopen (FarServer *server, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The resident writer: one epoll loop, one thread. What is ready when the loop looks goes into one
 * group commit; while that is being made durable the next requests gather in their sockets. Answers
 * leave after the commit.
 *
 * BACK-PRESSURE. A connection has one request in flight; what else it sends stays in its socket. So
 * what waits is bounded by the number of connections, and what is read at once by the batch. Beyond
 * the limits below: connections are closed at once, requests for a verification are "busy", a
 * client that stops in the middle of a frame or does not read its answer is closed after its
 * deadline. */
#pragma once

#include <glib.h>

#include "base/far-clock.h"
#include "ledger/far-ledger.h"

G_BEGIN_DECLS

#define FAR_SERVER_CONNECTIONS_MAX 4096
/* Commands of one group commit. */
#define FAR_SERVER_BATCH_MAX 512
#define FAR_SERVER_APART 64 /* batches with savepoints, after one that needed them */
/* Requests that wait for what runs beside the writer (far-later.h). */
#define FAR_SERVER_BESIDE_MAX 16
/* How far that is: told to the platform this often. */
#define FAR_SERVER_PROGRESS_US (G_USEC_PER_SEC / 4)
/* Half a frame, or half an answer, may stand for so long. */
#define FAR_SERVER_STALL_US (10 * G_USEC_PER_SEC)
/* After a failed commit the books are opened again. While that fails (a disk in trouble) requests
 * are "busy"; after so long the server gives up. */
#define FAR_SERVER_REOPEN_US (10 * G_USEC_PER_SEC)
#define FAR_SERVER_REOPEN_EVERY_US (G_USEC_PER_SEC / 4)
/* How long is waited at the start for another bookkeeper to let go of the books. */
#define FAR_SERVER_LOCK_WAIT_US (5 * G_USEC_PER_SEC)
#define FAR_SERVER_SWEEP_US (G_USEC_PER_SEC / 4)
#define FAR_SERVER_CHECKPOINT_US (1 * G_USEC_PER_SEC)
/* Journal messages to the platform: at most 10 a second. */
#define FAR_SERVER_JOURNAL_US (G_USEC_PER_SEC / 10)
/* How long answers may take to leave when the server stops. */
#define FAR_SERVER_FLUSH_US (1 * G_USEC_PER_SEC)

typedef struct {
  const char     *data_dir;
  FarLedgerMoney  money;
  FarClock       *clock;
  int             control_fd; /* SOCK_SEQPACKET; stays the caller's */
  int             signal_fd;  /* readable means: finish and end; a signalfd; the caller's */
  guint           connections_max; /* 0: FAR_SERVER_CONNECTIONS_MAX */
  gint64          stall_us;        /* 0: FAR_SERVER_STALL_US */
} FarServerOptions;

/**
 * far_server_run:
 *
 * Opens the books, says ready (or failed) on the control channel and serves until the platform
 * goes, a signal comes, or the books cannot be opened again after a failed commit.
 *
 * Returns: TRUE after an orderly end: what was in flight is answered, the last checkpoint written
 */
gboolean far_server_run (const FarServerOptions  *options,
                         GError                 **error);

G_END_DECLS

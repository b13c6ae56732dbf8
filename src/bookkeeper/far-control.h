/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control channel: JSON datagrams over SOCK_SEQPACKET between the platform and the bookkeeper.
 * Out: ready, failed, journal, refused. In: connect, with the descriptor of a client's stream.
 * EOF means: finish and end. */
#pragma once

#include <glib.h>

#include "bookkeeper/far-books.h"

G_BEGIN_DECLS

#define FAR_CONTROL_MESSAGE_MAX (16 * 1024)
#define FAR_CONTROL_COMMANDS_MAX 64
#define FAR_CONTROL_PRINCIPAL_MAX 128

typedef struct {
  char          *principal;
  FarCommandSet  allowed;
  int            fd; /* -1: none */
} FarControlConnect;

typedef enum {
  FAR_CONTROL_NOTHING, /* nothing is there */
  FAR_CONTROL_CONNECT,
  FAR_CONTROL_REFUSED, /* what came was no valid message; it was answered and dropped */
  FAR_CONTROL_ENDED,   /* the platform has gone */
} FarControlEvent;

/* Receives one message without blocking. ret_connect is filled with CONNECT; its principal and fd
 * are the caller's. */
FarControlEvent far_control_receive (int                fd,
                                     FarControlConnect *ret_connect);
/* All are best effort: a platform that has gone is noticed at the next receive. */
void            far_control_ready   (int                fd,
                                     FarBooks          *books,
                                     const char        *token_path);
void            far_control_failed  (int                fd,
                                     const char        *message);
void            far_control_journal (int                fd,
                                     guint64            transfers);
/* what: the command that runs beside the writer. */
void            far_control_progress (int               fd,
                                     const char        *what,
                                     guint64            rows,
                                     guint64            total);

G_END_DECLS

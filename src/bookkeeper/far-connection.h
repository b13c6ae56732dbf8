/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One client's stream: frames in, one request at a time, one answer out. It reads nothing while a
 * request is in flight, so a client that floods fills its own socket and nothing of ours. Never
 * blocks. The server's thread. */
#pragma once

#include <glib.h>

#include "bookkeeper/far-books.h"

G_BEGIN_DECLS

typedef struct _FarConnection FarConnection;

typedef enum {
  FAR_CONNECTION_IDLE,    /* wait until it is readable */
  FAR_CONNECTION_REQUEST, /* a whole request is there: far_connection_take_request() */
  FAR_CONNECTION_WRITING, /* wait until it is writable */
  FAR_CONNECTION_CLOSED,  /* the other side has gone, or broke the framing: free it */
} FarConnectionState;

/* Takes fd over. */
FarConnection     *far_connection_new          (int            fd,
                                                const char    *principal,
                                                FarCommandSet  allowed);
void               far_connection_free         (FarConnection *connection);
int                far_connection_fd           (FarConnection *connection);
const char        *far_connection_principal    (FarConnection *connection);
FarCommandSet      far_connection_allowed      (FarConnection *connection);

/* Reads what is there. */
FarConnectionState far_connection_read         (FarConnection *connection);
/* The request; borrowed until the answer is sent. */
const char        *far_connection_request      (FarConnection *connection,
                                                gsize         *ret_n_bytes);
/* Sends the answer to the request as far as the socket takes it. REQUEST if the next one is there
 * already. */
FarConnectionState far_connection_answer       (FarConnection *connection,
                                                const char    *answer,
                                                gsize          n_answer);
/* Goes on sending. */
FarConnectionState far_connection_write        (FarConnection *connection);
gboolean           far_connection_is_writing    (FarConnection *connection);
/* A request is in flight: read, and not answered. */
gboolean           far_connection_is_asking     (FarConnection *connection);
/* Whether its socket is watched for requests; the server's to say. */
gboolean           far_connection_is_heard      (FarConnection *connection);
void               far_connection_set_heard     (FarConnection *connection, gboolean heard);
/* Since when (monotonic) part of a frame or of an answer is under way; 0 if none is. */
gint64             far_connection_stalled_since_us (FarConnection *connection);

G_END_DECLS

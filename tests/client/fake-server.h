/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A server for the client's tests, in the same main loop: on a Unix socket or a free TCP port, it
 * answers each request with the next of the answers that were queued for its method and path, and
 * remembers what it was sent. A request that nothing was queued for fails the test. */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _FakeServer FakeServer;

/* What was asked last. */
typedef struct {
  char *method;
  char *target; /* path and query as sent */
  GBytes *body;
  GHashTable *headers; /* lower-case name → value */
} FakeRequest;

FakeServer  *fake_server_new_unix  (void);
FakeServer  *fake_server_new_tcp   (void);
void         fake_server_free      (FakeServer *self);
const char  *fake_server_get_path  (FakeServer *self); /* of the Unix socket */
const char  *fake_server_get_url   (FakeServer *self); /* "http://127.0.0.1:N" */

/* target: path and query that must be asked for. Answers of one target come in order; the last one
 * comes again and again. */
void         fake_server_queue     (FakeServer *self, const char *method, const char *target,
                                    guint status, const char *body);
/* A stream that stays open: its lines are sent by fake_server_send_line(). */
void         fake_server_queue_stream (FakeServer *self, const char *target);
/* Waits until somebody reads the stream. */
void         fake_server_send_line (FakeServer *self, const char *line);
void         fake_server_end_stream (FakeServer *self);
gboolean     fake_server_has_stream (FakeServer *self);

const FakeRequest *fake_server_get_last (FakeServer *self);
guint        fake_server_n_requests (FakeServer *self);
/* Nobody listens any more. */
void         fake_server_go_away    (FakeServer *self);

/* ---- Waiting without sleeping ---- */

/* For a GAsyncReadyCallback: user_data is a GAsyncResult ** that is NULL. */
void          fake_take_result (GObject *source, GAsyncResult *result, gpointer user_data);
GAsyncResult *fake_wait        (GAsyncResult **result);
/* Runs the loop until the condition holds. */
#define FAKE_WAIT_UNTIL(condition) \
  while (!(condition)) \
    g_main_context_iteration (NULL, TRUE)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeServer, fake_server_free)

G_END_DECLS

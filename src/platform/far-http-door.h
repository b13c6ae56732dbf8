/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where clients' connections wait until their first head is whole, before the library gets them.
 * It would answer what is no HTTP, and a head that is too large, in HTML; here they get the JSON
 * that the API promises. Nothing is read, only looked at. Thread: the loop's. */
#pragma once

#include "platform/far-http-linger.h"
#include "platform/far-http-server.h"

G_BEGIN_DECLS

typedef struct _FarHttpDoor FarHttpDoor;

typedef struct {
  /* Its head has come: takes fd. */
  void (*open)   (int fd, const struct sockaddr *address, socklen_t n_address,
                  gpointer endpoint, gpointer user_data);
  /* One more, or one less, waits for it. */
  void (*count)  (int n, gpointer endpoint, gpointer user_data);
} FarHttpDoorEvents;

/* error_body: of refusals. lingers: outlives it; reads what comes behind them. */
FarHttpDoor *far_http_door_new   (FarLoop *loop, guint timeout_s, FarHttpErrorBody error_body,
                                  FarHttpLingers *lingers, const FarHttpDoorEvents *events,
                                  gpointer user_data);
void         far_http_door_free  (FarHttpDoor *self);
/* Takes fd, non-blocking. May open it from here. */
void         far_http_door_enter (FarHttpDoor *self, int fd, const struct sockaddr *address,
                                  socklen_t n_address, gpointer endpoint);
/* Closes what waits for this endpoint. */
void         far_http_door_close (FarHttpDoor *self, gpointer endpoint);

/* A whole answer of one write, for a connection that the library does not have, or has given up. */
void         far_http_send_raw   (int fd, FarHttpErrorBody error_body, guint status,
                                  const char *reason, const char *message);
/* Whether a request's head may go on. Returns: 200 when it is whole and looks like HTTP/1, 0 when
 * more must come, else the status to refuse it with. Pure. */
guint        far_http_door_check (const char *data, gsize n_bytes, const char **ret_message);

G_END_DECLS

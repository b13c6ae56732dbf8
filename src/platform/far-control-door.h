/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control API over the network: TLS, or plain HTTP on loopback for a proxy on this machine.
 * Whoever comes in by this door needs a token with the scope of what is asked; whoever guesses is
 * slowed down. Main thread. */
#pragma once

#include <libsoup/soup.h>

#include "platform/far-control-routes.h"
#include "platform/far-control-tokens.h"
#include "platform/far-control.h"

G_BEGIN_DECLS

#define FAR_DOOR_CONNECTIONS_MAX 128
#define FAR_DOOR_HANDSHAKE_S 10
#define FAR_DOOR_HEAD_S 60         /* from the last answer to the end of the next request's head */
#define FAR_DOOR_BODY_S 300        /* from there to the end of the request */
#define FAR_DOOR_GUESSES_MAX 10    /* false tokens from one address in a minute */
#define FAR_DOOR_ADDRESSES_MAX 1024
#define FAR_DOOR_PROXIES_MAX 16

/* Connections go to server. NULL with FAR_CONTROL_ERROR_LISTEN and what to do. */
FarControlDoor *far_control_door_new     (SoupServer *server, FarTokens *tokens, FarClock *clock,
                                          const FarControlListen *listen, GError **error);
/* "https://127.0.0.1:8443" */
const char     *far_control_door_get_url (FarControlDoor *self);
/* Takes no more connections; those that are there go on. */
void            far_control_door_close   (FarControlDoor *self);
void            far_control_door_free    (FarControlDoor *self);

/* Whether msg came by a door. */
gboolean        far_control_door_is_remote (SoupServerMessage *msg);
/* Whether it may have route. Else what to refuse it with. */
gboolean        far_control_door_admits    (FarControlDoor *self, SoupServerMessage *msg,
                                            const FarControlRoute *route, guint *ret_status,
                                            const char **ret_code, const char **ret_message);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sockets whose request was refused before it had come whole. Closing one with unread bytes resets
 * it, and the answer is lost with it; so what the client still sends is read and dropped, for
 * FAR_HTTP_LINGER_S and FAR_HTTP_LINGER_MAX bytes at most. Thread: the loop's. */
#pragma once

#include "platform/far-loop.h"

G_BEGIN_DECLS

typedef struct _FarHttpLingers FarHttpLingers;

FarHttpLingers *far_http_lingers_new  (FarLoop *loop);
void            far_http_lingers_free (FarHttpLingers *self);
/* Duplicates fd; the caller closes its own. Does nothing when there are too many already. */
void            far_http_lingers_add  (FarHttpLingers *self, int fd);

G_END_DECLS
